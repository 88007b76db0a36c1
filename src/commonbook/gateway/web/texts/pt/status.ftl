# What works now.
status-title = Status
status-whole-yes = Tudo funciona.
status-whole-partly = Algo não funciona como deveria.
status-whole-no = A negociação está parada.
status-asked = Às
status-parts = O que funciona
status-part-trading = Negociação
status-part-history = Histórico e extratos
status-part-sign-up = Criação de contas
status-part-deposits = Depósitos
status-part-withdrawals = Saques
status-part-simulated = Negociação simulada
status-works-yes = Funciona
status-works-partly = Limitado
status-works-no = Não funciona
status-works-absent = Não oferecido
status-halted = Suspensões
status-stopped = No momento não se aceitam ordens. Cancelamentos, sim.
status-none-halted = { $count ->
    [one] O único instrumento está em negociação.
    [many] Todos os { $count } de instrumentos estão em negociação.
   *[other] Todos os { $count } instrumentos estão em negociação.
}
status-state-live = Parado
status-state-halted = Suspenso
status-state-cancel-only = Só cancelamentos
status-days = Serviço nos últimos 90 dias
status-days-how = Cada barra é um dia UTC. Cinza é um dia do qual nada sabemos.
status-since = Sem interrupção desde
status-unknown = desconhecido
status-news = Anúncios
status-news-none = Nada foi anunciado.
status-read = Ler
