# The partnership program for everybody, and applications to it.
partnership-heading = Exploitez une plateforme sous votre propre nom
partnership-intro = { $host } partage son carnet d’ordres et son infrastructure avec des équipes qui exploitent leur propre plateforme d’échange. Tout ce qui suit est lu dans ce qui est en vigueur à cet instant.
partnership-apply = Candidater
partnership-to-questions = Dix questions et leurs réponses
partnership-questions = Questions et réponses
partnership-places = { $left ->
    [one] Une place restante
    [many] { $left } de places restantes
   *[other] { $left } places restantes
  }
partnership-taken = { $taken } sur { $quota } prises
partnership-stake = Caution de chaque équipe
partnership-stake-back = Elle est rendue à la fin, moins ce qui est dû.
partnership-book = Sur le carnet partagé
partnership-brands = { $count ->
    [one] Une marque
    [many] { $count } de marques
   *[other] { $count } marques
  }
partnership-markets = { $count ->
    [one] sur un marché
    [many] sur { $count } de marchés
   *[other] sur { $count } marchés
  }
partnership-until = Ouvert jusqu’au
partnership-date = { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partnership-token-needed = Avec votre propre jeton
partnership-token-free = Un jeton à vous est facultatif.
partnership-closed = Aucune phase ne reçoit de candidatures en ce moment. Voici comment cela fonctionne ; revenez pour la prochaine.
partnership-apply-hint = Vous n’avez pas besoin de tout savoir dès maintenant. Un lien vous permet de continuer ; vous déposez le dossier quand il est complet.
partnership-steps = Étapes de la candidature
partnership-step-contact = Contact
partnership-step-team = Équipe et projet
partnership-step-brand = Marque
partnership-step-link = Votre lien
partnership-contact = Personne de contact
partnership-email = Adresse e-mail
partnership-phone = Numéro de téléphone
partnership-team = Votre équipe
partnership-team-hint = Qui vous êtes, et ce que vous avez fait jusqu’ici
partnership-plan = Votre projet
partnership-plan-hint = Marchés, clients, pays
partnership-brand = Nom de la marque
partnership-brand-hint = La première partie de son adresse : minuscules, chiffres et traits d’union
partnership-back = Retour
partnership-next = Suivant
partnership-begin = Commencer la candidature
partnership-begun = Votre candidature { $reference } est commencée.
partnership-keep-link = Gardez ce lien. Il n’est montré qu’une fois, et qui le possède peut voir et modifier votre candidature.
partnership-copy = Copier le lien
partnership-copied = Copié
partnership-go-on = Continuer
partnership-application = Candidature { $reference }
partnership-no-link = Ouvrez votre candidature avec le lien que vous avez reçu.
partnership-way = Le chemin vers une marque en service
partnership-next-step = Ensuite : { $state }, par { $of }
partnership-claim = Pour continuer, connectez-vous et rattachez cette candidature à votre compte : la caution de { $stake } { $asset } est prélevée sur votre compte de négociation.
partnership-checklist = Avant la mise en service de la marque
partnership-there = fait
partnership-open = à faire
partnership-item-domain = Un domaine à vous, vérifié
partnership-item-logo = Un logo
partnership-item-terms = Des conditions pour vos utilisateurs
partnership-item-fees = Des frais
partnership-item-staff = Une équipe avec des rôles
partnership-item-support = Une adresse d’assistance
partnership-item-test-order = Un ordre de test
partnership-item-test-hour = Une heure de test
partnership-save = Enregistrer
partnership-saved = Enregistré.
partnership-submit = Déposer
partnership-submitted = Candidature déposée. L’hôte l’examine maintenant.
partnership-withdraw = Retirer
partnership-withdrawn = La candidature est retirée.
partnership-so-far = Jusqu’ici
partnership-state-draft = Brouillon
partnership-state-submitted = Déposée
partnership-state-screening = À l’examen
partnership-state-deposit-pending = Admise
partnership-state-deposit-locked = Caution bloquée
partnership-state-contracted = Contrat signé
partnership-state-sandbox = À l’essai
partnership-state-verified = Vérifiée
partnership-state-live = En service
partnership-state-suspended = Suspendue
partnership-state-offboarding = En cours de départ
partnership-state-closed = Close
partnership-state-refused = Refusée
partnership-state-withdrawn = Retirée
partnership-state-expired = Expirée
partnership-role-applicant = vous
partnership-role-partner = le partenaire
partnership-role-host = l’hôte
partnership-role-system = la plateforme elle-même

## Added later
partnership-sign-in = Connectez-vous pour continuer
partnership-claim-it = Rattacher à mon compte
partnership-claimed = La candidature est à vous
partnership-lock = Bloquer la caution de { $stake } { $asset }
partnership-staked = La caution est bloquée, et une place est à vous
partnership-read = Lire le contrat
partnership-contract-about = Version { $version }, pour { $days } jours, avec { $notice } jours de préavis. Vous acceptez exactement ce texte, par son empreinte.
partnership-sign = Accepter le contrat
partnership-signed = Accepté
partnership-leave = Partir
partnership-leave-about = Vous rendez la place. La caution est rendue après le préavis, moins ce qui est dû.
partnership-leave-yes = Donner le préavis
partnership-left = Le préavis est donné
partnership-cancel = Annuler
partnership-question-program = 1. Qu’est-ce que le partenariat ouvert ?
partnership-answer-program = Une façon d’avoir une plateforme sans la construire. { $phase } est pour { $quota } équipes. Chacune ouvre sa propre marque sur une technique qui existe déjà ; elle apporte son nom de domaine, son logo et les personnes qui font tourner la plateforme au quotidien.
partnership-answer-program-closed = Une façon d’avoir une plateforme sans la construire. Une équipe ouvre sa propre marque sur une technique qui existe déjà ; elle apporte son nom de domaine, son logo et les personnes qui font tourner la plateforme au quotidien.
partnership-question-provides = 2. Que fournit { $host } ?
partnership-answer-provides = Toute la partie technique :
partnership-provides-matching = l’appariement des ordres ; marchés aujourd’hui : { $instruments }
partnership-provides-counter = le guichet : comptes, soldes, saisie des ordres, grilles de frais et les bureaux de votre équipe
partnership-provides-wallets = portefeuilles chauds et froids, et la conservation de tous les actifs
partnership-provides-clearing = la compensation de chaque exécution, et un grand livre vérifiable
partnership-provides-support = un support client en plusieurs langues
partnership-provides-compliance = l’identification des clients et des mesures contre le blanchiment
partnership-provides-maintenance = recherche, développement et maintenance
partnership-question-listing = 3. Pouvons-nous coter d’autres jetons que le nôtre ?
partnership-answer-listing = Oui. Vous choisissez vous-mêmes ce qui se négocie chez votre marque, votre jeton et tous les autres.
partnership-question-control = 4. Sommes-nous maîtres de notre plateforme ?
partnership-answer-control = Oui. Direction, exploitation, marketing et cotations sont à vous. { $host } fournit la technique et son entretien.
partnership-question-custody = 5. Qui garde les actifs, et comment nos revenus nous parviennent-ils ?
partnership-answer-custody = Dépôts, retraits, conservation et compensation restent chez { $host }, pour qu’aucun client ne dépende d’un partenaire pour ses actifs. Vos revenus de négociation y sont compensés et vous sont versés selon un calendrier.
partnership-question-liquidity = 6. Qu’est-ce que la liquidité partagée, et à quoi sert-elle ?
partnership-answer-liquidity = Il y a un seul carnet d’ordres pour tous, où se rencontrent les ordres de toutes les marques (marques aujourd’hui : { $brands }). Une nouvelle plateforme ne commence pas avec un carnet vide, de larges écarts et de longues attentes, mais avec la profondeur de toutes les autres.
partnership-question-volume = 7. Comment notre volume est-il compté quand le carnet est partagé ?
partnership-answer-volume = Chaque marque a son propre compte. De chaque transaction, le côté de votre client est à vous ; les chiffres publiés s’additionnent à ce qui a été négocié, et rien n’est compté deux fois.
partnership-question-stake = 8. La caution rapporte-t-elle quelque chose ?
partnership-answer-stake = Non. La caution de { $stake } { $asset } reste sur un compte à part tant que vous êtes partenaire. Elle ne donne ni bonus, ni distribution, ni autre remise, et ne compte pour aucun palier ni vote. À la fin elle est rendue, moins ce qui reste dû.
partnership-answer-stake-closed = Non. La caution reste sur un compte à part tant que vous êtes partenaire. Elle ne donne ni bonus, ni distribution, ni autre remise, et ne compte pour aucun palier ni vote. À la fin elle est rendue, moins ce qui reste dû.
partnership-question-holders = 9. Qu’y gagnent les détenteurs de { $asset } ?
partnership-question-holders-closed = 9. Qu’y gagnent les détenteurs du jeton de l’hôte ?
partnership-answer-holders = Les partenaires de cette phase émettent leur propre jeton. { $holders } % des revenus d’un partenaire vont aux détenteurs de son jeton, et { $host_holders } % de ce jeton aux détenteurs de { $asset }, qui ont leur part tant qu’ils le conservent.
partnership-answer-holders-none = Les conditions en vigueur ne prévoient rien sur les jetons et les parts.
partnership-question-apply = 10. Comment nous joindre à vous ?
partnership-answer-apply = Places restantes : { $left } sur { $quota }. Caution : { $stake } { $asset } par équipe, bloquée une fois admise. Remplissez le formulaire ci-dessous, ou envoyez la même chose à POST /program/v1/applications.
partnership-answer-apply-closed = Dès qu’une phase est ouverte, par le formulaire de cette page.
partnership-answer-apply-mail = Par courrier électronique : indiquez à { $address } le nom et le téléphone de votre contact et décrivez votre équipe.
