# What works now.
status-title = État du service
status-whole-yes = Tout fonctionne.
status-whole-partly = Quelque chose ne fonctionne pas comme prévu.
status-whole-no = La négociation est arrêtée.
status-asked = À
status-parts = Ce qui fonctionne
status-part-trading = Négociation
status-part-history = Historique et relevés
status-part-sign-up = Inscription
status-part-deposits = Dépôts
status-part-withdrawals = Retraits
status-part-simulated = Négociation simulée
status-works-yes = Fonctionne
status-works-partly = Limité
status-works-no = Ne fonctionne pas
status-works-absent = Non proposé
status-halted = Suspensions
status-stopped = Aucun ordre n’est accepté pour le moment. Les annulations le sont.
status-none-halted = { $count ->
    [one] Le seul instrument se négocie.
    [many] Les { $count } d’instruments se négocient tous.
   *[other] Les { $count } instruments se négocient tous.
}
status-state-live = Arrêté
status-state-halted = Suspendu
status-state-cancel-only = Annulations seules
status-days = Service des 90 derniers jours
status-days-how = Chaque barre est un jour UTC. En gris, un jour dont nous ne savons rien.
status-since = Sans interruption depuis
status-unknown = inconnu
status-news = Annonces
status-news-none = Aucune annonce.
status-read = Lire
