# What works now.
status-title = Estado
status-whole-yes = Todo funciona.
status-whole-partly = Algo no funciona como debería.
status-whole-no = La negociación está detenida.
status-asked = A las
status-parts = Qué funciona
status-part-trading = Negociación
status-part-history = Historial y extractos
status-part-sign-up = Registro
status-part-deposits = Depósitos
status-part-withdrawals = Retiros
status-part-simulated = Negociación simulada
status-works-yes = Funciona
status-works-partly = Limitado
status-works-no = No funciona
status-works-absent = No se ofrece
status-halted = Suspensiones
status-stopped = En este momento no se aceptan órdenes. Cancelaciones, sí.
status-none-halted = { $count ->
    [one] El único instrumento se negocia.
    [many] Los { $count } de instrumentos se negocian.
   *[other] Los { $count } instrumentos se negocian.
}
status-state-live = Detenido
status-state-halted = Suspendido
status-state-cancel-only = Solo cancelaciones
status-days = Servicio en los últimos 90 días
status-days-how = Cada barra es un día UTC. En gris, un día del que no sabemos nada.
status-since = Sin interrupciones desde
status-unknown = se desconoce
status-news = Anuncios
status-news-none = No hay anuncios.
status-read = Leer
