# The partnership program for everybody, and applications to it.
partnership-heading = Opere uma exchange com o seu próprio nome
partnership-intro = { $host } compartilha seu livro de ofertas e sua infraestrutura com equipes que operam uma exchange própria. Tudo abaixo é lido do que está em vigor neste momento.
partnership-apply = Candidatar-se
partnership-to-questions = Dez perguntas, respondidas
partnership-questions = Perguntas e respostas
partnership-places = { $left ->
    [one] Resta uma vaga
    [many] Restam { $left } de vagas
   *[other] Restam { $left } vagas
  }
partnership-taken = { $taken } de { $quota } ocupadas
partnership-stake = Caução de cada equipe
partnership-stake-back = É devolvida no fim, menos o que for devido.
partnership-book = No livro compartilhado
partnership-brands = { $count ->
    [one] Uma marca
    [many] { $count } de marcas
   *[other] { $count } marcas
  }
partnership-markets = { $count ->
    [one] em um mercado
    [many] em { $count } de mercados
   *[other] em { $count } mercados
  }
partnership-until = Aberto até
partnership-date = { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partnership-token-needed = Com um token próprio
partnership-token-free = Um token próprio é opcional.
partnership-closed = Nenhuma fase aceita candidaturas neste momento. Aqui está como funciona; volte para a próxima.
partnership-apply-hint = Você não precisa saber tudo ainda. Recebe um link para continuar e entrega a candidatura quando estiver completa.
partnership-steps = Passos da candidatura
partnership-step-contact = Contato
partnership-step-team = Equipe e plano
partnership-step-brand = Marca
partnership-step-link = Seu link
partnership-contact = Pessoa de contato
partnership-email = E-mail
partnership-phone = Número de telefone
partnership-team = Sua equipe
partnership-team-hint = Quem são vocês e o que já fizeram
partnership-plan = Seu plano
partnership-plan-hint = Mercados, clientes, países
partnership-brand = Nome da marca
partnership-brand-hint = A primeira parte do endereço: letras minúsculas, dígitos e hifens
partnership-back = Voltar
partnership-next = Avançar
partnership-begin = Iniciar a candidatura
partnership-begun = Sua candidatura { $reference } foi iniciada.
partnership-keep-link = Guarde este link. Ele é mostrado uma única vez, e quem o tiver pode ver e alterar sua candidatura.
partnership-copy = Copiar o link
partnership-copied = Copiado
partnership-go-on = Continuar
partnership-application = Candidatura { $reference }
partnership-no-link = Abra sua candidatura pelo link que você recebeu.
partnership-way = O caminho até uma marca no ar
partnership-next-step = Próximo: { $state }, responsável: { $of }
partnership-claim = Para seguir a partir daqui, entre e vincule esta candidatura à sua conta: a caução de { $stake } { $asset } sai da sua conta de negociação.
partnership-checklist = Antes de a marca entrar no ar
partnership-there = feito
partnership-open = a fazer
partnership-item-domain = Um domínio próprio, comprovado
partnership-item-logo = Um logotipo
partnership-item-terms = Termos para seus usuários
partnership-item-fees = Taxas
partnership-item-staff = Uma equipe com funções
partnership-item-support = Um endereço de suporte
partnership-item-test-order = Uma ordem de teste
partnership-item-test-hour = Uma hora de teste
partnership-save = Salvar
partnership-saved = Salvo.
partnership-submit = Entregar
partnership-submitted = Entregue. Agora o anfitrião a analisa.
partnership-withdraw = Retirar
partnership-withdrawn = A candidatura foi retirada.
partnership-so-far = Até agora
partnership-state-draft = Rascunho
partnership-state-submitted = Entregue
partnership-state-screening = Em análise
partnership-state-deposit-pending = Admitida
partnership-state-deposit-locked = Caução bloqueada
partnership-state-contracted = Contrato assinado
partnership-state-sandbox = Em testes
partnership-state-verified = Verificada
partnership-state-live = No ar
partnership-state-suspended = Suspensa
partnership-state-offboarding = Em saída
partnership-state-closed = Encerrada
partnership-state-refused = Recusada
partnership-state-withdrawn = Retirada
partnership-state-expired = Expirada
partnership-role-applicant = você
partnership-role-partner = o parceiro
partnership-role-host = o anfitrião
partnership-role-system = a própria exchange

## Added later
partnership-sign-in = Entre para continuar
partnership-claim-it = Vincular à minha conta
partnership-claimed = A candidatura é sua
partnership-lock = Bloquear a caução de { $stake } { $asset }
partnership-staked = A caução está bloqueada, e uma vaga é sua
partnership-read = Ler o contrato
partnership-contract-about = Versão { $version }, por { $days } dias, com { $notice } dias de aviso prévio. Você aceita exatamente este texto, pelo hash dele.
partnership-sign = Aceitar o contrato
partnership-signed = Aceito
partnership-leave = Sair
partnership-leave-about = Você devolve a vaga. A caução é devolvida após o aviso prévio, menos o que for devido.
partnership-leave-yes = Dar o aviso prévio
partnership-left = O aviso prévio foi dado
partnership-cancel = Cancelar
partnership-question-program = 1. O que é a parceria aberta?
partnership-answer-program = Uma forma de ter uma exchange sem construí-la. { $phase } é para { $quota } equipes. Cada uma abre sua própria marca sobre uma tecnologia que já existe; a equipe traz o domínio, o logotipo e as pessoas que tocam a exchange no dia a dia.
partnership-answer-program-closed = Uma forma de ter uma exchange sem construí-la. Uma equipe abre sua própria marca sobre uma tecnologia que já existe; ela traz o domínio, o logotipo e as pessoas que tocam a exchange no dia a dia.
partnership-question-provides = 2. O que { $host } oferece?
partnership-answer-provides = Toda a parte técnica:
partnership-provides-matching = o casamento de ordens; mercados hoje: { $instruments }
partnership-provides-counter = o balcão: contas, saldos, entrada de ordens, tabelas de taxas e os painéis da sua equipe
partnership-provides-wallets = carteiras quentes e frias e a custódia de todos os ativos
partnership-provides-clearing = a compensação de cada execução e um razão que se pode conferir
partnership-provides-support = atendimento ao cliente em vários idiomas
partnership-provides-compliance = identificação de clientes e medidas contra lavagem de dinheiro
partnership-provides-maintenance = pesquisa, desenvolvimento e manutenção
partnership-question-listing = 3. Podemos listar outros tokens além do nosso?
partnership-answer-listing = Sim. Vocês mesmos escolhem o que se negocia na sua marca, o próprio token e quaisquer outros.
partnership-question-control = 4. Controlamos a nossa exchange?
partnership-answer-control = Sim. Gestão, operação, marketing e listagens são seus. { $host } oferece a tecnologia e sua manutenção.
partnership-question-custody = 5. Quem guarda os ativos, e como a receita chega até nós?
partnership-answer-custody = Depósitos, saques, custódia e compensação ficam com { $host }, para que nenhum cliente dependa de um parceiro pelos seus ativos. Sua receita de negociação é compensada lá e liberada conforme um calendário.
partnership-question-liquidity = 6. O que é a liquidez compartilhada, e para que serve?
partnership-answer-liquidity = Há um só livro de ofertas para todos, em que se encontram as ordens de todas as marcas (marcas hoje: { $brands }). Uma exchange nova não começa com livro vazio, spreads largos e longas esperas, mas com a profundidade de todas as outras.
partnership-question-volume = 7. Como se conta o nosso volume se o livro é compartilhado?
partnership-answer-volume = Cada marca tem sua própria conta. De cada negócio, o lado em que estava o seu cliente é seu; os números publicados somam o que foi negociado, e nada é contado duas vezes.
partnership-question-stake = 8. A caução rende algo?
partnership-answer-stake = Não. A caução de { $stake } { $asset } fica em uma conta própria enquanto você é parceiro. Não rende bônus, distribuição nem outro rebate, e não conta para categoria nem voto. No fim ela volta, menos o que ainda se deve.
partnership-answer-stake-closed = Não. A caução fica em uma conta própria enquanto você é parceiro. Não rende bônus, distribuição nem outro rebate, e não conta para categoria nem voto. No fim ela volta, menos o que ainda se deve.
partnership-question-holders = 9. O que ganham os detentores de { $asset }?
partnership-question-holders-closed = 9. O que ganham os detentores do token do anfitrião?
partnership-answer-holders = Os parceiros desta fase emitem um token próprio. { $holders } % da receita de um parceiro vai para os detentores do token dele, e { $host_holders } % desse token vai para os detentores de { $asset }, que têm sua parte enquanto o mantiverem.
partnership-answer-holders-none = Nada está combinado sobre tokens e partes nos termos em vigor.
partnership-question-apply = 10. Como entramos?
partnership-answer-apply = Vagas: { $left } de { $quota }. Caução: { $stake } { $asset } por equipe, bloqueada após a admissão. Preencha o formulário abaixo ou envie o mesmo para POST /program/v1/applications.
partnership-answer-apply-closed = Assim que uma fase abrir, pelo formulário desta página.
partnership-answer-apply-mail = Por e-mail: informe a { $address } o nome e o telefone do seu contato e descreva a equipe.
