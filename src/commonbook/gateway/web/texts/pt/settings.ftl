# A user's own settings: security, keys, brokers, profile.
settings-pages = Partes dos ajustes
settings-security = Segurança
settings-keys = Chaves de API
settings-brokers = Corretoras e aplicativos
settings-profile = Perfil
settings-leave = Cancelar
settings-copy = Copiar
settings-copied = Copiado
settings-actions = Ações

settings-totp = Aplicativo autenticador
settings-totp-on = Configurado. Os códigos são pedidos ao entrar.
settings-totp-off = Não configurado. Um aplicativo no telefone mostra um código novo a cada 30 segundos.
settings-totp-set-up = Configurar aplicativo
settings-totp-remove = Remover aplicativo
settings-totp-remove-ask = Sem ele, só seus outros fatores protegem esta conta.
settings-totp-how = Leia o código QR com o aplicativo, abra o link no telefone ou digite a chave no aplicativo. Depois informe o código que ele mostra.
settings-totp-qr = Código QR da chave, para a câmera do aplicativo
settings-totp-link = Abrir no meu aplicativo
settings-totp-key = Chave
settings-totp-code = Código que o aplicativo mostra
settings-totp-confirm = Ativar
settings-totp-done = O aplicativo autenticador está ativo

settings-passkeys = Chaves de acesso
settings-passkeys-none = Ainda não há chave de acesso. Com uma, você entra por digital, rosto ou chave de segurança.
settings-passkey-name = Nome da nova chave de acesso
settings-passkey-add = Adicionar chave de acesso
settings-passkey-added = Chave de acesso adicionada
settings-passkey-stopped = Nenhuma chave de acesso foi criada
settings-passkey-stopped-why = O navegador foi interrompido ou já tem uma para esta conta.
settings-passkey-remove = Remover
settings-passkey-remove-of = Remover a chave de acesso { $name }
settings-passkey-remove-ask = Quem a tem não poderá mais entrar com ela.
settings-passkey-since = Desde { $time }
settings-passkey-unnamed = Chave de acesso

settings-codes = Códigos de recuperação
settings-codes-left = { $count ->
        [0] Não resta nenhum.
        [one] Resta um. Cada um vale uma vez, se você perdeu o aplicativo e as chaves de acesso.
        [many] Restam { $count } de códigos. Cada um vale uma vez, se você perdeu o aplicativo e as chaves de acesso.
       *[other] Restam { $count }. Cada um vale uma vez, se você perdeu o aplicativo e as chaves de acesso.
      }
settings-codes-need = Eles vêm com seu primeiro aplicativo ou chave de acesso.
settings-codes-new = Criar novos códigos
settings-codes-new-ask = Os códigos que você tem agora deixarão de valer.
settings-codes-title = Seus códigos de recuperação
settings-codes-keep = Guarde-os onde outros não chegam. Só são mostrados desta vez.
settings-codes-kept = Eu os guardei

settings-sessions = Onde você está conectado
settings-session-device = Dispositivo
settings-session-place = Rede
settings-session-since = Desde
settings-session-seen = Último uso
settings-session-this = Esta
settings-session-end = Encerrar
settings-session-end-of = Encerrar a sessão em { $name }
settings-session-ended = Sessão encerrada
settings-sessions-end = Encerrar todas as outras
settings-sessions-ended = { $count ->
        [0] Não havia outra sessão.
        [one] Uma sessão encerrada
        [many] { $count } de sessões encerradas
       *[other] { $count } sessões encerradas
      }
settings-session-unknown = Dispositivo desconhecido

settings-keys-why = Com uma chave, um programa age por você. Dê só o necessário e os endereços de onde ele trabalha.
settings-keys-none = Você não tem chave.
settings-key-new = Nova chave
settings-key-name = Nome
settings-key = Chave
settings-key-may = Pode
settings-key-addresses = Endereços
settings-key-anywhere = qualquer
settings-key-used = Último uso
settings-key-never = nunca
settings-key-lapses = Expira em { $time } se não for usada
settings-key-brokers = Código da corretora
settings-key-held = Em posse de { $broker }
settings-key-delete = Excluir
settings-key-delete-of = Excluir a chave { $name }
settings-key-delete-ask = Programas que a usam são recusados em um segundo. Não há volta.
settings-key-deleted = Chave excluída
settings-key-passphrase = Frase secreta
settings-key-passphrase-hint = 8 a 32 caracteres: um dígito, uma minúscula, uma maiúscula e outro caractere. É necessária junto com a chave.
settings-key-addresses-hint = Separados por vírgulas. Uma chave que negocia de qualquer endereço expira após duas semanas sem uso.
settings-key-broker = Código de uma corretora
settings-key-broker-hint = Só se uma corretora lhe deu um: ela então ganha com as ordens desta chave.
settings-key-make = Criar chave
settings-key-made = Sua nova chave
settings-key-made-keep = Guarde o segredo agora: só é mostrado desta vez.
settings-key-secret = Segredo
settings-key-kept = Eu o guardei
settings-permission-read-only = Ler
settings-permission-trade = Negociar
settings-permission-withdraw = Sacar
settings-permission-manage = Administrar

settings-consents = Corretoras que podem ganhar com você
settings-consents-why = Uma corretora cujo código está nas suas ordens recebe parte da taxa que você paga. Sem ela, sua taxa é a mesma.
settings-consents-none = Nenhuma corretora pode ganhar com você.
settings-consent-broker = Corretora
settings-consent-cap = No máximo
settings-consent-program = o que o programa dela paga
settings-consent-since = Aceito em
settings-consent-state = Estado
settings-consent-earns = ganha
settings-consent-later = ganha a partir de { $time }
settings-consent-refused = recusada
settings-consent-inactive = inativa
settings-consent-keys = Chaves
settings-consent-change = Alterar
settings-consent-change-of = Alterar o que { $broker } pode ganhar
settings-consent-cap-percent = Parte máxima de uma taxa, em por cento
settings-consent-cap-hint = Vazio: o que o programa dela paga.
settings-consent-agree = Aceitar
settings-consent-agree-new = Aceitar uma corretora
settings-consent-read = Ler o texto dela
settings-consent-agreed = { $broker } aceita
settings-consent-refuse = Recusar
settings-consent-refuse-of = Recusar { $broker }
settings-consent-allow = Permitir de novo
settings-consent-allow-of = Permitir { $broker } de novo
settings-consent-end = Retirar
settings-consent-end-of = Retirar seu sim a { $broker }
settings-consent-end-ask = As chaves em posse dela deixam de valer, e ela não ganha com nada executado a partir de agora.
settings-consent-ended = Retirado seu sim a { $broker }
settings-refuse-all = Recusar todas as corretoras
settings-refuse-all-on = Você recusa todas as corretoras: nenhuma ordem sua leva código.
settings-refuse-all-end = Permitir corretoras de novo

settings-grants = Aplicativos com acesso
settings-grants-none = Nenhum aplicativo tem acesso à sua conta.
settings-grant-name = Aplicativo
settings-grant-may = Pode
settings-grant-end = Encerrar acesso
settings-grant-end-of = Encerrar acesso: { $name }
settings-grant-end-ask = Fica fora em um segundo, com a chave que criou. As ordens ficam: são suas.
settings-grant-ended = { $name } não tem mais acesso
settings-scope-fast-api = Criar uma chave de API
settings-scope-read-only = Ler
settings-scope-trade = Negociar

settings-email = E-mail
settings-name = Nome
settings-name-hint = Como os e-mails chamam você.
settings-word = Sua própria palavra
settings-word-hint = Está em cada e-mail nosso, para você reconhecê-lo.
settings-phone = Telefone
settings-phone-hint = Com o código do país, por exemplo +49 30 123456.
settings-mail-language = Seu idioma
settings-mail-language-hint = Das páginas, e dos e-mails que existem nele.
settings-display-currency = Moeda em que o valor é mostrado
settings-display-hint = Só para leitura, guardada neste navegador; o dinheiro não muda.
settings-save = Salvar
settings-saved = Salvo

problem-no-such-factor = Isto não está mais configurado.
problem-no-such-factor-do = Recarregue a página.
problem-no-such-session = Esta sessão já terminou.
problem-no-such-session-do = Recarregue a página.
problem-no-such-broker = Não há corretora com este código.
problem-no-such-broker-do = Peça o código à corretora.
problem-too-many-keys = Você tem tantas chaves quanto pode ter.
problem-too-many-keys-do = Exclua uma que não usa.
settings-notices = Notificações
settings-notices-what = O que é notificado a você
settings-notices-about = Aparece no sino em todas as páginas. Os e-mails continuam como antes.
settings-notices-always = Isto é sempre notificado, para que ninguém possa esconder de você.
settings-notices-saved = Sua escolha foi salva
settings-terms = Termos
settings-terms-open = A aceitar
settings-terms-open-about = Leia cada texto e aceite-o. As ordens esperam até que todos os textos para quem negocia sejam aceitos.
settings-terms-open-none = Não há nada pendente.
settings-terms-later = Futuros
settings-terms-later-about = Ainda não estão em vigor. Quem os aceitar agora não precisará aceitar de novo.
settings-terms-past = O que você aceitou
settings-terms-past-none = Você ainda não aceitou nada.
settings-terms-text = Texto
settings-terms-number = Versão
settings-terms-from = Em vigor desde
settings-terms-when = Aceito em
settings-terms-kind-terms = Termos de uso
settings-terms-kind-risk = Aviso de risco
settings-terms-kind-privacy = Privacidade
settings-terms-role-staff = para a equipe
settings-terms-role-partner = para donos de uma plataforma
settings-terms-role-broker = para corretoras
settings-terms-accept = Aceitar
settings-terms-accept-of = Aceitar { $name }
settings-terms-done = Aceito: { $name }
settings-terms-orders = Suas ordens voltaram a ser aceitas.
