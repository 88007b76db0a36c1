# A user's own settings: security, keys, brokers, profile.
settings-pages = Parties des réglages
settings-security = Sécurité
settings-keys = Clés API
settings-brokers = Courtiers et applications
settings-profile = Profil
settings-leave = Annuler
settings-copy = Copier
settings-copied = Copié
settings-actions = Actions

settings-totp = Application d’authentification
settings-totp-on = Configurée. Ses codes sont demandés à la connexion.
settings-totp-off = Non configurée. Une application sur votre téléphone affiche un nouveau code toutes les 30 secondes.
settings-totp-set-up = Configurer l’application
settings-totp-remove = Retirer l’application
settings-totp-remove-ask = Sans elle, seuls vos autres facteurs protègent ce compte.
settings-totp-how = Scannez le code QR avec votre application, ouvrez le lien sur votre téléphone, ou saisissez la clé dans l’application. Entrez ensuite le code affiché.
settings-totp-qr = Code QR de la clé, pour l’appareil photo de votre application
settings-totp-link = Ouvrir dans mon application
settings-totp-key = Clé
settings-totp-code = Code affiché par l’application
settings-totp-confirm = Activer
settings-totp-done = L’application d’authentification est activée

settings-passkeys = Clés d’accès
settings-passkeys-none = Aucune clé d’accès. Avec une clé, vous vous connectez par empreinte, visage ou clé de sécurité.
settings-passkey-name = Nom de la nouvelle clé d’accès
settings-passkey-add = Ajouter une clé d’accès
settings-passkey-added = Clé d’accès ajoutée
settings-passkey-stopped = Aucune clé d’accès n’a été créée
settings-passkey-stopped-why = Le navigateur a été interrompu, ou en a déjà une pour ce compte.
settings-passkey-remove = Retirer
settings-passkey-remove-of = Retirer la clé d’accès { $name }
settings-passkey-remove-ask = Qui la possède ne pourra plus se connecter avec elle.
settings-passkey-since = Depuis { $time }
settings-passkey-unnamed = Clé d’accès

settings-codes = Codes de récupération
settings-codes-left = { $count ->
        [0] Il n’en reste aucun.
        [one] Il en reste un. Chacun vaut une fois, si vous avez perdu application et clés d’accès.
        [many] Il en reste { $count }. Chacun vaut une fois, si vous avez perdu application et clés d’accès.
       *[other] Il en reste { $count }. Chacun vaut une fois, si vous avez perdu application et clés d’accès.
      }
settings-codes-need = Ils viennent avec votre première application ou clé d’accès.
settings-codes-new = Créer de nouveaux codes
settings-codes-new-ask = Les codes que vous avez ne vaudront plus.
settings-codes-title = Vos codes de récupération
settings-codes-keep = Gardez-les hors de portée d’autrui. Ils ne sont montrés que cette fois.
settings-codes-kept = Je les ai gardés

settings-sessions = Où vous êtes connecté
settings-session-device = Appareil
settings-session-place = Réseau
settings-session-since = Depuis
settings-session-seen = Dernière utilisation
settings-session-this = Celle-ci
settings-session-end = Terminer
settings-session-end-of = Terminer la session sur { $name }
settings-session-ended = Session terminée
settings-sessions-end = Terminer toutes les autres
settings-sessions-ended = { $count ->
        [0] Il n’y avait pas d’autre session.
        [one] Une session terminée
        [many] { $count } de sessions terminées
       *[other] { $count } sessions terminées
      }
settings-session-unknown = Appareil inconnu

settings-keys-why = Avec une clé, un programme agit pour vous. Ne lui donnez que le nécessaire, et les adresses d’où il travaille.
settings-keys-none = Vous n’avez pas de clé.
settings-key-new = Nouvelle clé
settings-key-name = Nom
settings-key = Clé
settings-key-may = Peut
settings-key-addresses = Adresses
settings-key-anywhere = toutes
settings-key-used = Dernière utilisation
settings-key-never = jamais
settings-key-lapses = Expire le { $time } sans utilisation
settings-key-brokers = Code de courtier
settings-key-held = Détenue par { $broker }
settings-key-delete = Supprimer
settings-key-delete-of = Supprimer la clé { $name }
settings-key-delete-ask = Les programmes qui l’utilisent sont refusés en une seconde. C’est définitif.
settings-key-deleted = Clé supprimée
settings-key-passphrase = Phrase secrète
settings-key-passphrase-hint = 8 à 32 caractères : un chiffre, une minuscule, une majuscule et un autre caractère. Elle accompagne la clé.
settings-key-addresses-hint = Séparées par des virgules. Une clé qui négocie depuis toute adresse expire après deux semaines sans utilisation.
settings-key-broker = Code d’un courtier
settings-key-broker-hint = Seulement si un courtier vous en a donné un : il gagne alors sur les ordres de cette clé.
settings-key-make = Créer la clé
settings-key-made = Votre nouvelle clé
settings-key-made-keep = Gardez le secret maintenant : il n’est montré que cette fois.
settings-key-secret = Secret
settings-key-kept = Je l’ai gardé
settings-permission-read-only = Lire
settings-permission-trade = Négocier
settings-permission-withdraw = Retirer des fonds
settings-permission-manage = Gérer

settings-consents = Courtiers qui peuvent gagner sur vous
settings-consents-why = Un courtier dont le code est sur vos ordres reçoit une part des frais que vous payez. Sans lui, vos frais sont les mêmes.
settings-consents-none = Aucun courtier ne peut gagner sur vous.
settings-consent-broker = Courtier
settings-consent-cap = Au plus
settings-consent-program = ce que paie son programme
settings-consent-since = Accepté
settings-consent-state = État
settings-consent-earns = gagne
settings-consent-later = gagne à partir du { $time }
settings-consent-refused = refusé
settings-consent-inactive = inactif
settings-consent-keys = Clés
settings-consent-change = Modifier
settings-consent-change-of = Modifier ce que { $broker } peut gagner
settings-consent-cap-percent = Part maximale des frais, en pour cent
settings-consent-cap-hint = Vide : ce que paie son programme.
settings-consent-agree = Accepter
settings-consent-agree-new = Accepter un courtier
settings-consent-read = Lire son texte
settings-consent-agreed = { $broker } accepté
settings-consent-refuse = Refuser
settings-consent-refuse-of = Refuser { $broker }
settings-consent-allow = Autoriser de nouveau
settings-consent-allow-of = Autoriser de nouveau { $broker }
settings-consent-end = Reprendre
settings-consent-end-of = Reprendre votre accord à { $broker }
settings-consent-end-ask = Les clés qu’il détient ne valent plus, et il ne gagne plus rien sur ce qui est exécuté désormais.
settings-consent-ended = Accord repris à { $broker }
settings-refuse-all = Refuser tous les courtiers
settings-refuse-all-on = Vous refusez tous les courtiers : aucun de vos ordres ne porte de code.
settings-refuse-all-end = Autoriser de nouveau les courtiers

settings-grants = Applications ayant accès
settings-grants-none = Aucune application n’a accès à votre compte.
settings-grant-name = Application
settings-grant-may = Peut
settings-grant-end = Retirer l’accès
settings-grant-end-of = Retirer l’accès : { $name }
settings-grant-end-ask = Elle est exclue en une seconde, avec la clé qu’elle a créée. Ses ordres restent : ils sont à vous.
settings-grant-ended = { $name } n’a plus accès
settings-scope-fast-api = Créer une clé API
settings-scope-read-only = Lire
settings-scope-trade = Négocier

settings-email = E-mail
settings-name = Nom
settings-name-hint = Comme les e-mails vous appellent.
settings-word = Votre mot à vous
settings-word-hint = Il figure dans chacun de nos e-mails, pour que vous les reconnaissiez.
settings-phone = Téléphone
settings-phone-hint = Avec l’indicatif du pays, par exemple +49 30 123456.
settings-mail-language = Votre langue
settings-mail-language-hint = Des pages, et des e-mails qui existent dans cette langue.
settings-display-currency = Devise d’affichage de la valeur
settings-display-hint = Pour la lecture seulement, gardée dans ce navigateur ; l’argent ne change pas.
settings-save = Enregistrer
settings-saved = Enregistré

problem-no-such-factor = Ceci n’est plus configuré.
problem-no-such-factor-do = Rechargez la page.
problem-no-such-session = Cette session est déjà terminée.
problem-no-such-session-do = Rechargez la page.
problem-no-such-broker = Aucun courtier n’a ce code.
problem-no-such-broker-do = Demandez son code au courtier.
problem-too-many-keys = Vous avez autant de clés que permis.
problem-too-many-keys-do = Supprimez-en une que vous n’utilisez pas.
settings-notices = Notifications
settings-notices-what = Ce qui vous est notifié
settings-notices-about = C’est affiché à la cloche de chaque page. Les courriels continuent comme avant.
settings-notices-always = C’est toujours notifié, pour que personne ne puisse vous le cacher.
settings-notices-saved = Votre choix est enregistré
settings-terms = Conditions
settings-terms-open = À accepter
settings-terms-open-about = Lisez chaque texte et acceptez-le. Les ordres attendent que tous les textes destinés aux traders soient acceptés.
settings-terms-open-none = Rien n’est en attente.
settings-terms-later = À venir
settings-terms-later-about = Elles ne sont pas encore en vigueur. Qui les accepte maintenant n’aura pas à le refaire.
settings-terms-past = Ce que vous avez accepté
settings-terms-past-none = Vous n’avez encore rien accepté.
settings-terms-text = Texte
settings-terms-number = Version
settings-terms-from = En vigueur à partir du
settings-terms-when = Accepté le
settings-terms-kind-terms = Conditions d’utilisation
settings-terms-kind-risk = Avertissement sur les risques
settings-terms-kind-privacy = Confidentialité
settings-terms-role-staff = pour l’équipe
settings-terms-role-partner = pour les propriétaires d’une plateforme
settings-terms-role-broker = pour les courtiers
settings-terms-accept = Accepter
settings-terms-accept-of = Accepter { $name }
settings-terms-done = Accepté : { $name }
settings-terms-orders = Vos ordres sont de nouveau acceptés.
