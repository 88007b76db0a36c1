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

problem-phase-closed = Ninguna fase admite solicitudes ahora.
problem-phase-closed-do = Consulte en el programa cuándo es la siguiente.
problem-no-such-application = No hay ninguna solicitud para este enlace.
problem-no-such-application-do = Compruebe que el enlace está completo; si ya se vinculó a una cuenta, inicie sesión para verla.
problem-too-many-applications = En este momento llegan muchas solicitudes.
problem-too-many-applications-do = Inténtelo de nuevo dentro de una hora.

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
