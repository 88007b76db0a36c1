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

problem-phase-closed = Nenhuma fase aceita candidaturas agora.
problem-phase-closed-do = Veja no programa quando será a próxima.
problem-no-such-application = Não há candidatura para este link.
problem-no-such-application-do = Verifique se o link está completo; se já foi vinculada a uma conta, entre para vê-la.
problem-too-many-applications = Muitas candidaturas estão chegando agora.
problem-too-many-applications-do = Tente de novo em uma hora.

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
