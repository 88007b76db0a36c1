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

problem-phase-closed = Aucune phase ne reçoit de candidatures maintenant.
problem-phase-closed-do = Consultez le programme pour la prochaine.
problem-no-such-application = Aucune candidature ne correspond à ce lien.
problem-no-such-application-do = Vérifiez que le lien est entier ; si elle a été rattachée à un compte, connectez-vous pour la voir.
problem-too-many-applications = Beaucoup de candidatures arrivent en ce moment.
problem-too-many-applications-do = Réessayez dans une heure.

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
