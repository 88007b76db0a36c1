# How to use the exchange; a brand may say any of it in its own words.
help-title = Ajuda da { $brand }
help-search = Buscar na ajuda
help-lead = Respostas sobre sua conta, ordens, taxas e a API.
help-found = { $count ->
    [0] Nada encontrado
    [one] Encontrado em um tema
    [many] Encontrado em { $count } de temas
   *[other] Encontrado em { $count } temas
}
help-nothing = Nenhuma resposta contém essas palavras. Tente com menos.
help-topics = Temas
help-status = O que funciona neste momento
help-support = Ainda tem uma dúvida? Escreva para

help-sign-up = Como crio uma conta?
help-sign-up-1 = Escolha “Criar conta” no topo e informe seu e-mail, uma senha de dez caracteres ou mais e seu país.
help-sign-up-2 = Enviamos um código para o seu endereço. Informe-o em até 15 minutos; depois de várias tentativas erradas, comece de novo.
help-sign-up-3 = Com isso, sua conta de negociação é aberta. Você pode negociar assim que houver saldo nela.

help-deposit = Como obtenho fundos?
help-deposit-1 = Na negociação simulada você recebe fundos de teste: mude para ela, abra Ativos e solicite-os. Eles não têm valor e não podem ser sacados.
help-deposit-2 = Na negociação real, sua página de ativos mostra quais depósitos a { $brand } aceita. O que não aparece lá não é oferecido.

help-order = Como envio uma ordem?
help-order-1 = Abra Negociar, escolha um instrumento e depois comprar ou vender. Informe preço e quantidade; antes do envio, a boleta mostra a taxa, a retenção e o pior preço.
help-order-2 = A retenção é o que fica reservado enquanto a ordem está aberta. Quando a ordem é cancelada, o valor volta a ficar disponível na hora.
help-order-3 = As ordens abertas ficam abaixo do gráfico. Ali você pode alterar o preço ou a quantidade, ou cancelar.

help-types = Quais tipos de ordem existem?
help-types-1 = Limite: ao seu preço ou melhor. O que não é executado na hora espera no livro.
help-types-2 = Mercado: aos melhores preços que houver. O que não puder ser executado é cancelado.
help-types-3 = Só maker (post-only): apenas espera no livro. Se fosse executada na hora, é cancelada.
help-types-4 = Imediata ou cancelada (IOC): executa o que puder na hora, e o restante é cancelado.
help-types-5 = Tudo ou nada (FOK): executa por inteiro na hora, ou não executa.

help-fees = Quanto custa?
help-fees-1 = A ordem do maker esperava no livro; a do taker foi executada na hora. A taxa é uma parte do que foi negociado, sempre na segunda moeda do par.
help-fees-2 = Estas são as taxas da { $brand } neste momento, tal como a própria exchange as cobra:

help-api = Como negocio com um programa?
help-api-1 = Um só endereço basta para tudo: { $url }. Ele fala OKX v5, então um cliente que conhece a OKX funciona assim que você trocar o endereço.
help-api-2 = Crie uma chave nos seus ajustes. Não dê a ela mais permissões que o necessário e informe os endereços de onde será usada.
help-api-3 = Os fluxos ficam em { $socket }. Os preços públicos não exigem chave. Experimente isto em um terminal:

help-security = Como protejo minha conta?
help-security-1 = Configure uma chave de acesso ou um aplicativo autenticador nos ajustes de segurança e guarde os códigos de recuperação em papel.
help-security-2 = Ninguém da { $brand } jamais pedirá sua senha, um código ou o segredo de uma API.
help-security-3 = Se vir uma sessão que não é sua, encerre-a nos ajustes e troque sua senha.

help-refusals = O que significa uma recusa?
help-refusals-1 = Toda recusa traz um código. Busque o código que foi mostrado a você.
help-rates = Taxas por nível
help-codes = Códigos de recusa
help-code = Código
help-means = O que diz
help-do = O que fazer
help-no-code = Esse código não existe.
help-level = Nível
help-maker = Maker
help-taker = Taker

help-do-50001 = Espere um momento e tente de novo; se persistir, veja a página de status.
help-do-50011 = Faça menos pedidos: cada rota tem um limite.
help-do-50013 = Espere um momento e tente de novo. Cancelamentos são sempre aceitos.
help-do-50027 = Aceite os termos em vigor e tente de novo.
help-do-50028 = Por ora, não se aceitam ordens aqui. Cancelamentos são aceitos; veja a página de status.
help-do-50061 = Envie menos ordens por segundo, ou várias em um só pedido.
help-do-50102 = Acerte o relógio do seu computador; assine cada pedido de novo.
help-do-50103 = Envie sua chave neste cabeçalho.
help-do-50105 = Use a frase secreta que você informou ao criar a chave.
help-do-50110 = Adicione seu endereço à lista da chave, ou faça o pedido a partir de um que esteja nela.
help-do-50111 = Verifique a chave: pode ter sido excluída ou ser de outra marca.
help-do-50113 = Verifique como o pedido é assinado: hora, método, caminho com a consulta e corpo.
help-do-50114 = Entre de novo.
help-do-50120 = Crie uma chave que tenha esta permissão.
help-do-51000 = Corrija o parâmetro indicado.
help-do-51001 = Escolha um instrumento da lista de mercados.
help-do-51005 = Diminua a ordem, ou envie várias.
help-do-51006 = Escolha um preço mais próximo do mercado.
help-do-51016 = Dê a cada ordem um ID de cliente próprio.
help-do-51020 = Aumente a ordem acima do mínimo do instrumento.
help-do-51022 = Espere até que volte a negociar: a página de status informa.
help-do-51121 = Arredonde a quantidade para o lote do instrumento.
help-do-51137 = Escolha um preço mais baixo: a banda é mostrada junto ao instrumento.
help-do-51138 = Escolha um preço mais alto: a banda é mostrada junto ao instrumento.
help-do-51603 = Foi executada, cancelada ou nunca existiu: veja seu histórico.
help-do-58350 = Mova um valor menor, ou cancele ordens que retêm fundos.
