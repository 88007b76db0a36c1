# The partnership program for everybody, and applications to it.
partnership-heading = Lleve un exchange con su propio nombre
partnership-intro = { $host } comparte su libro de órdenes y su infraestructura con equipos que llevan un exchange propio. Todo lo que sigue se lee de lo que está vigente en este momento.
partnership-apply = Solicitar
partnership-to-questions = Diez preguntas con respuesta
partnership-questions = Preguntas y respuestas
partnership-places = { $left ->
    [one] Queda una plaza
    [many] Quedan { $left } de plazas
   *[other] Quedan { $left } plazas
  }
partnership-taken = { $taken } de { $quota } ocupadas
partnership-stake = Garantía de cada equipo
partnership-stake-back = Se devuelve al final, menos lo que se deba.
partnership-book = En el libro compartido
partnership-brands = { $count ->
    [one] Una marca
    [many] { $count } de marcas
   *[other] { $count } marcas
  }
partnership-markets = { $count ->
    [one] en un mercado
    [many] en { $count } de mercados
   *[other] en { $count } mercados
  }
partnership-until = Abierto hasta
partnership-date = { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partnership-token-needed = Con un token propio
partnership-token-free = Un token propio es opcional.
partnership-closed = En este momento ninguna fase admite solicitudes. Aquí se explica cómo funciona; vuelva para la siguiente.
partnership-apply-hint = No hace falta que lo sepa todo ya. Recibe un enlace con el que seguir y la entrega cuando esté completa.
partnership-steps = Pasos de la solicitud
partnership-step-contact = Contacto
partnership-step-team = Equipo y plan
partnership-step-brand = Marca
partnership-step-link = Su enlace
partnership-contact = Persona de contacto
partnership-email = Correo electrónico
partnership-phone = Número de teléfono
partnership-team = Su equipo
partnership-team-hint = Quiénes son y qué han hecho hasta ahora
partnership-plan = Su plan
partnership-plan-hint = Mercados, clientes, países
partnership-brand = Nombre de la marca
partnership-brand-hint = La primera parte de su dirección: minúsculas, dígitos y guiones
partnership-back = Atrás
partnership-next = Siguiente
partnership-begin = Iniciar la solicitud
partnership-begun = Su solicitud { $reference } se ha iniciado.
partnership-keep-link = Guarde este enlace. Se muestra una sola vez, y quien lo tenga puede ver y cambiar su solicitud.
partnership-copy = Copiar el enlace
partnership-copied = Copiado
partnership-go-on = Continuar
partnership-application = Solicitud { $reference }
partnership-no-link = Abra su solicitud con el enlace que recibió.
partnership-way = El camino hasta una marca en funcionamiento
partnership-next-step = Siguiente: { $state }, responsable: { $of }
partnership-claim = Para continuar, inicie sesión y vincule esta solicitud a su cuenta: la garantía de { $stake } { $asset } sale de su cuenta de negociación.
partnership-checklist = Antes de que la marca se ponga en funcionamiento
partnership-there = hecho
partnership-open = pendiente
partnership-item-domain = Un dominio propio, verificado
partnership-item-logo = Un logotipo
partnership-item-terms = Condiciones para sus usuarios
partnership-item-fees = Comisiones
partnership-item-staff = Un equipo con roles
partnership-item-support = Una dirección de ayuda
partnership-item-test-order = Una orden de prueba
partnership-item-test-hour = Una hora de prueba
partnership-save = Guardar
partnership-saved = Guardado.
partnership-submit = Entregar
partnership-submitted = Entregada. Ahora la revisa el anfitrión.
partnership-withdraw = Retirar
partnership-withdrawn = La solicitud se ha retirado.
partnership-so-far = Hasta ahora
partnership-state-draft = Borrador
partnership-state-submitted = Entregada
partnership-state-screening = En revisión
partnership-state-deposit-pending = Admitida
partnership-state-deposit-locked = Garantía bloqueada
partnership-state-contracted = Contrato firmado
partnership-state-sandbox = En pruebas
partnership-state-verified = Verificada
partnership-state-live = En funcionamiento
partnership-state-suspended = Suspendida
partnership-state-offboarding = En salida
partnership-state-closed = Cerrada
partnership-state-refused = Rechazada
partnership-state-withdrawn = Retirada
partnership-state-expired = Caducada
partnership-role-applicant = usted
partnership-role-partner = el socio
partnership-role-host = el anfitrión
partnership-role-system = el propio exchange

## Added later
partnership-sign-in = Inicie sesión para continuar
partnership-claim-it = Vincularla a mi cuenta
partnership-claimed = La solicitud es suya
partnership-lock = Bloquear la garantía de { $stake } { $asset }
partnership-staked = La garantía está bloqueada, y una plaza es suya
partnership-read = Leer el contrato
partnership-contract-about = Versión { $version }, por { $days } días, con { $notice } días de preaviso. Acepta exactamente este texto, por su hash.
partnership-sign = Aceptar el contrato
partnership-signed = Aceptado
partnership-leave = Abandonar
partnership-leave-about = Devuelve la plaza. La garantía se devuelve tras el preaviso, menos lo que se deba.
partnership-leave-yes = Dar el preaviso
partnership-left = El preaviso está dado
partnership-cancel = Cancelar
partnership-question-program = 1. ¿Qué es la asociación abierta?
partnership-answer-program = Una manera de tener un exchange sin construirlo. { $phase } es para { $quota } equipos. Cada uno abre su propia marca sobre una técnica que ya existe; el equipo aporta su dominio, su logotipo y las personas que lo dirigen día a día.
partnership-answer-program-closed = Una manera de tener un exchange sin construirlo. El equipo abre su propia marca sobre una técnica que ya existe; aporta su dominio, su logotipo y las personas que lo dirigen día a día.
partnership-question-provides = 2. ¿Qué aporta { $host }?
partnership-answer-provides = Toda la parte técnica:
partnership-provides-matching = el emparejamiento de órdenes; mercados hoy: { $instruments }
partnership-provides-counter = la ventanilla: cuentas, saldos, entrada de órdenes, tarifas y las mesas de su equipo
partnership-provides-wallets = monederos fríos y calientes y la custodia de todos los activos
partnership-provides-clearing = la compensación de cada ejecución y un libro mayor que se puede comprobar
partnership-provides-support = atención al cliente en varios idiomas
partnership-provides-compliance = identificación de clientes y medidas contra el blanqueo de capitales
partnership-provides-maintenance = investigación, desarrollo y mantenimiento
partnership-question-listing = 3. ¿Podemos listar otros tokens además del nuestro?
partnership-answer-listing = Sí. Ustedes deciden qué se negocia en su marca: su propio token y cualquier otro.
partnership-question-control = 4. ¿Dirigimos nosotros nuestro exchange?
partnership-answer-control = Sí. La dirección, la operación, la publicidad y los listados son suyos. { $host } aporta la técnica y su mantenimiento.
partnership-question-custody = 5. ¿Quién guarda los activos y cómo nos llegan los ingresos?
partnership-answer-custody = Los depósitos, los retiros, la custodia y la compensación quedan en manos de { $host }, para que ningún cliente dependa de un socio para sus activos. Sus ingresos por negociación se compensan allí y se les entregan según un calendario.
partnership-question-liquidity = 6. ¿Qué es la liquidez compartida y para qué sirve?
partnership-answer-liquidity = Hay un solo libro de órdenes para todos, en el que se encuentran las órdenes de todas las marcas (marcas hoy: { $brands }). Un exchange nuevo no empieza con un libro vacío, diferenciales amplios y largas esperas, sino con la profundidad de todos los demás.
partnership-question-volume = 7. ¿Cómo se cuenta nuestro volumen si el libro es compartido?
partnership-answer-volume = Cada marca tiene su propia cuenta. De cada operación es suyo el lado en que estaba su cliente; las cifras publicadas suman lo negociado y nada se cuenta dos veces.
partnership-question-stake = 8. ¿La garantía produce algo?
partnership-answer-stake = No. La garantía de { $stake } { $asset } queda en una cuenta propia mientras dure la asociación. No recibe bonos, repartos ni otros descuentos y no cuenta para categorías ni votos. Al final se devuelve, menos lo que aún se deba.
partnership-answer-stake-closed = No. La garantía queda en una cuenta propia mientras dure la asociación. No recibe bonos, repartos ni otros descuentos y no cuenta para categorías ni votos. Al final se devuelve, menos lo que aún se deba.
partnership-question-holders = 9. ¿Qué obtienen los titulares de { $asset }?
partnership-question-holders-closed = 9. ¿Qué obtienen los titulares del token del anfitrión?
partnership-answer-holders = Los socios de esta fase emiten un token propio. El { $holders } % de los ingresos de un socio es para los titulares de su token, y el { $host_holders } % de ese token es para los titulares de { $asset }, que tienen su parte de estos incentivos mientras lo conserven.
partnership-answer-holders-none = En las condiciones en vigor no se ha acordado nada sobre tokens y participaciones.
partnership-question-apply = 10. ¿Cómo nos unimos?
partnership-answer-apply = Plazas libres: { $left } de { $quota }. Garantía: { $stake } { $asset } por equipo, que se bloquea una vez admitidos. Rellenen el formulario o envíen lo mismo a POST /program/v1/applications.
partnership-answer-apply-closed = En cuanto se abra una fase, con el formulario de esta página.
partnership-answer-apply-mail = Por correo: escriban a { $address } el nombre y el teléfono de su persona de contacto y una descripción del equipo.
