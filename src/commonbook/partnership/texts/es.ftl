language-name = Español
title = Asociación abierta
heading = Una casa de cambio con su propio nombre
intro = { $host } comparte su libro de órdenes y sus sistemas con equipos que dirigen una casa de cambio propia. Todo lo que sigue se lee de lo que está en vigor en este momento.
languages = Idiomas
closed-now = En este momento ninguna fase admite solicitudes.
phase-line = { $phase }: { $taken } de { $quota } plazas ocupadas, quedan { $left }.

question-program = 1. ¿Qué es la asociación abierta?
answer-program = Una manera de tener una casa de cambio sin construirla. { $phase } es para { $quota } equipos. Cada uno abre su propia marca sobre una técnica que ya existe; el equipo aporta su dominio, su logotipo y las personas que la dirigen día a día.
answer-program-closed = Una manera de tener una casa de cambio sin construirla. El equipo abre su propia marca sobre una técnica que ya existe; aporta su dominio, su logotipo y las personas que la dirigen día a día.
question-provides = 2. ¿Qué aporta { $host }?
answer-provides = Toda la parte técnica:
provides-matching = el casamiento de órdenes, hoy en { $instruments ->
    [one] un mercado
   *[other] { $instruments } mercados
  }
provides-counter = la ventanilla: cuentas, saldos, entrada de órdenes, tarifas y los escritorios de su equipo
provides-wallets = monederos fríos y calientes y la custodia de todos los activos
provides-clearing = la liquidación de cada ejecución y un libro mayor que se puede comprobar
provides-support = atención al cliente en varios idiomas
provides-compliance = identificación de clientes y medidas contra el blanqueo de capitales
provides-maintenance = investigación, desarrollo y mantenimiento
question-listing = 3. ¿Podemos listar otros tokens además del nuestro?
answer-listing = Sí. Ustedes deciden qué se negocia en su marca: su propio token y cualquier otro.
question-control = 4. ¿Dirigimos nosotros nuestra casa de cambio?
answer-control = Sí. La dirección, la operación, la publicidad y los listados son suyos. { $host } aporta la técnica y su mantenimiento.
question-custody = 5. ¿Quién guarda los activos y cómo nos llegan los ingresos?
answer-custody = Los depósitos, los retiros, la custodia y la liquidación quedan en manos de { $host }, para que ningún cliente dependa de un socio para sus activos. Sus ingresos por negociación se liquidan allí y se les entregan según un calendario.
question-liquidity = 6. ¿Qué es la liquidez compartida y para qué sirve?
answer-liquidity = Hay un solo libro de órdenes para todos. En él se encuentran las órdenes de todas las marcas: hoy { $brands ->
    [one] opera una marca
   *[other] operan { $brands } marcas
  }. Una casa nueva no empieza con un libro vacío, diferenciales amplios y largas esperas, sino con la profundidad de todas las demás.
question-volume = 7. ¿Cómo se cuenta nuestro volumen si el libro es compartido?
answer-volume = Cada marca tiene su propia cuenta. De cada operación es suyo el lado en que estaba su cliente; las cifras publicadas suman lo negociado y nada se cuenta dos veces.
question-stake = 8. ¿La garantía produce algo?
answer-stake = No. La garantía de { $stake } { $asset } queda en una cuenta propia mientras dure la asociación. No recibe bonos, repartos ni otros descuentos y no cuenta para niveles ni votos. Al final se devuelve, menos lo que aún se deba.
answer-stake-closed = No. La garantía queda en una cuenta propia mientras dure la asociación. No recibe bonos, repartos ni otros descuentos y no cuenta para niveles ni votos. Al final se devuelve, menos lo que aún se deba.
question-holders = 9. ¿Qué obtienen los titulares de { $asset }?
question-holders-closed = 9. ¿Qué obtienen los titulares del token del anfitrión?
answer-holders = Los socios de esta fase emiten un token propio. El { $holders } % de los ingresos de un socio es para los titulares de su token, y el { $host_holders } % de ese token es para los titulares de { $asset }, que tienen su parte de estos incentivos mientras lo conserven.
answer-holders-none = En las condiciones en vigor no se ha acordado nada sobre tokens y participaciones.
question-apply = 10. ¿Cómo nos unimos?
answer-apply = Plazas libres: { $left } de { $quota }. Garantía: { $stake } { $asset } por equipo, que se bloquea una vez admitidos. Rellenen el formulario o envíen lo mismo a POST /program/v1/applications.
answer-apply-closed = En cuanto se abra una fase, con el formulario de esta página.
answer-apply-mail = Por correo: escriban a { $address } el nombre y el teléfono de su persona de contacto y una descripción del equipo.

form-heading = Solicitud
form-hint = No hace falta rellenarlo todo de una vez. Recibirán un enlace para continuar y entregarla cuando esté completa.
field-contact = Persona de contacto
field-email = Correo electrónico
field-phone = Teléfono
field-team = Su equipo
field-plan = Su plan: mercados, clientes, países
field-brand_name = Nombre de la marca, como primera parte de su dirección
form-send = Empezar la solicitud
received-heading = Su solicitud ha empezado
received-reference = Su referencia es { $reference }.
received-link = Guarden este enlace. Se muestra una sola vez, y quien lo tenga puede ver y cambiar su solicitud:
mine-heading = Solicitud { $reference }
mine-state = Estado
mine-brand = Marca
mine-next = Siguiente paso
mine-next-line = { $state }, por { $of }
mine-rest = No hay nada pendiente.
mine-timeline = Hasta ahora
mine-time = Cuándo
mine-by = Quién
mine-reason = Por qué
mine-save = Guardar
mine-submit = Entregar
mine-withdraw = Retirar
mine-claim = Para continuar, inicien sesión y reclamen la solicitud con este enlace: la garantía sale de su cuenta de negociación.
problem = No ha sido posible: { $why }

state-draft = borrador
state-submitted = entregada
state-screening = en revisión
state-deposit_pending = admitida, falta la garantía
state-deposit_locked = garantía bloqueada
state-contracted = contrato firmado
state-sandbox = en pruebas
state-verified = verificada
state-live = en funcionamiento
state-suspended = suspendida
state-offboarding = en salida
state-closed = cerrada
state-refused = rechazada
state-withdrawn = retirada
state-expired = caducada
role-applicant = el solicitante
role-partner = el socio
role-host = el anfitrión
role-system = la propia bolsa
