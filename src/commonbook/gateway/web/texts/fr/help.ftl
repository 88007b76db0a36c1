# How to use the exchange; a brand may say any of it in its own words.
help-title = Aide de { $brand }
help-search = Rechercher dans l’aide
help-lead = Des réponses sur votre compte, les ordres, les frais et l’API.
help-found = { $count ->
    [0] Aucun résultat
    [one] Trouvé dans un sujet
    [many] Trouvé dans { $count } de sujets
   *[other] Trouvé dans { $count } sujets
}
help-nothing = Aucune réponse ne contient ces mots. Essayez-en moins.
help-topics = Sujets
help-status = Ce qui fonctionne en ce moment
help-support = Encore une question ? Écrivez à

help-sign-up = Comment m’inscrire ?
help-sign-up-1 = Choisissez « S’inscrire » en haut, puis indiquez votre adresse e-mail, un mot de passe de dix caractères ou plus et votre pays.
help-sign-up-2 = Nous envoyons un code à votre adresse. Saisissez-le dans les 15 minutes ; après plusieurs essais erronés, recommencez.
help-sign-up-3 = Votre compte de négociation est alors ouvert. Vous pouvez négocier dès qu’il est approvisionné.

help-deposit = Comment obtenir des fonds ?
help-deposit-1 = En négociation simulée, vous recevez des fonds de test : passez dans ce mode, ouvrez Actifs et demandez-les. Ils n’ont aucune valeur et ne peuvent pas être retirés.
help-deposit-2 = En négociation réelle, votre page d’actifs montre les dépôts que { $brand } accepte. Ce qui n’y figure pas n’est pas proposé.

help-order = Comment passer un ordre ?
help-order-1 = Ouvrez Négocier, choisissez un instrument, puis acheter ou vendre. Indiquez un prix et une quantité ; avant l’envoi, la saisie montre les frais, le montant réservé et le pire prix.
help-order-2 = Le montant réservé est mis de côté tant que l’ordre est ouvert. Dès que l’ordre est annulé, il est de nouveau disponible.
help-order-3 = Les ordres ouverts se trouvent sous le graphique. Vous pouvez y modifier le prix ou la quantité, ou annuler.

help-types = Quels types d’ordres existe-t-il ?
help-types-1 = Limite : à votre prix ou mieux. Ce qui n’est pas exécuté aussitôt attend dans le carnet.
help-types-2 = Au marché : aux meilleurs prix présents. Ce qui ne peut pas être exécuté est annulé.
help-types-3 = Maker seul (post-only) : il ne fait qu’attendre dans le carnet. S’il devait s’exécuter aussitôt, il est annulé.
help-types-4 = Immédiat ou annulé (IOC) : exécute aussitôt ce qui peut l’être, et le reste est annulé.
help-types-5 = Tout ou rien (FOK) : exécuté aussitôt en entier, ou pas du tout.

help-fees = Combien cela coûte-t-il ?
help-fees-1 = L’ordre d’un maker attendait dans le carnet, celui d’un taker s’est exécuté aussitôt. Les frais sont une part du montant négocié, toujours dans la seconde devise de la paire.
help-fees-2 = Voici les taux de { $brand } en ce moment, tels que la plateforme elle-même les applique :

help-api = Comment négocier avec un programme ?
help-api-1 = Une seule adresse suffit pour tout : { $url }. Elle parle OKX v5 : un client qui connaît OKX fonctionne dès que vous changez son adresse.
help-api-2 = Créez une clé dans vos réglages. Ne lui donnez que les permissions nécessaires, et les adresses d’où elle sera utilisée.
help-api-3 = Les flux se trouvent à { $socket }. Les prix publics ne demandent pas de clé. Essayez ceci dans un terminal :

help-security = Comment protéger mon compte ?
help-security-1 = Configurez une clé d’accès ou une application d’authentification dans les réglages de sécurité, et gardez les codes de récupération sur papier.
help-security-2 = Personne chez { $brand } ne vous demandera jamais votre mot de passe, un code ou le secret d’une API.
help-security-3 = Si vous voyez une session qui n’est pas la vôtre, terminez-la dans les réglages et changez votre mot de passe.

help-refusals = Que signifie un refus ?
help-refusals-1 = Tout refus porte un code. Recherchez le code qui vous a été montré.
help-rates = Taux par niveau
help-codes = Codes de refus
help-code = Code
help-means = Ce qu’il dit
help-do = Que faire
help-no-code = Ce code n’existe pas.
help-level = Niveau
help-maker = Maker
help-taker = Taker

help-do-50001 = Attendez un instant et réessayez ; si cela dure, consultez la page d’état.
help-do-50011 = Envoyez moins de requêtes : chaque route a une limite.
help-do-50013 = Attendez un instant et réessayez. Les annulations sont toujours acceptées.
help-do-50027 = Acceptez les conditions en vigueur, puis réessayez.
help-do-50028 = Les ordres sont arrêtés ici pour le moment. Les annulations sont acceptées ; consultez la page d’état.
help-do-50061 = Envoyez moins d’ordres par seconde, ou plusieurs dans une requête.
help-do-50102 = Mettez votre ordinateur à l’heure ; signez chaque requête de nouveau.
help-do-50103 = Envoyez votre clé dans cet en-tête.
help-do-50105 = Utilisez la phrase secrète indiquée à la création de la clé.
help-do-50110 = Ajoutez votre adresse à la liste de la clé, ou faites la requête depuis une adresse qui y figure.
help-do-50111 = Vérifiez la clé : elle a pu être supprimée, ou appartenir à une autre marque.
help-do-50113 = Vérifiez la signature de la requête : heure, méthode, chemin avec ses paramètres, et corps.
help-do-50114 = Reconnectez-vous.
help-do-50120 = Créez une clé qui a cette permission.
help-do-51000 = Corrigez le paramètre indiqué.
help-do-51001 = Choisissez un instrument de la liste des marchés.
help-do-51005 = Réduisez l’ordre, ou envoyez-en plusieurs.
help-do-51006 = Choisissez un prix plus proche du marché.
help-do-51016 = Donnez à chaque ordre un identifiant client qui lui soit propre.
help-do-51020 = Augmentez l’ordre au-dessus du minimum de l’instrument.
help-do-51022 = Attendez la reprise des échanges : la page d’état l’indique.
help-do-51121 = Arrondissez la quantité au lot de l’instrument.
help-do-51137 = Choisissez un prix plus bas : la bande est indiquée avec l’instrument.
help-do-51138 = Choisissez un prix plus haut : la bande est indiquée avec l’instrument.
help-do-51603 = Il est exécuté, annulé ou n’a jamais existé : consultez votre historique.
help-do-58350 = Déplacez un montant plus faible, ou annulez des ordres qui réservent des fonds.
