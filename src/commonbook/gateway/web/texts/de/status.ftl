# What works now.
status-title = Status
status-whole-yes = Alles funktioniert.
status-whole-partly = Etwas funktioniert nicht, wie es sollte.
status-whole-no = Der Handel ist gestoppt.
status-asked = Stand
status-parts = Was funktioniert
status-part-trading = Handel
status-part-history = Historie und Abrechnungen
status-part-sign-up = Registrierung
status-part-deposits = Einzahlungen
status-part-withdrawals = Auszahlungen
status-part-simulated = Simulierter Handel
status-works-yes = Funktioniert
status-works-partly = Eingeschränkt
status-works-no = Funktioniert nicht
status-works-absent = Nicht angeboten
status-halted = Handelsstopps
status-stopped = Zurzeit werden keine Orders angenommen, nur Stornierungen.
status-none-halted = { $count ->
    [one] Der eine Markt ist im Handel.
   *[other] Alle { $count } Märkte sind im Handel.
}
status-state-live = Gestoppt
status-state-halted = Angehalten
status-state-cancel-only = Nur Stornierungen
status-days = Verfügbarkeit der letzten 90 Tage
status-days-how = Jeder Balken ist ein Tag in UTC. Grau ist ein Tag, von dem nichts bekannt ist.
status-since = Ohne Lücke seit
status-unknown = nicht bekannt
status-news = Ankündigungen
status-news-none = Keine Ankündigungen.
status-read = Lesen
