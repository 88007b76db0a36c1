# The partnership program for everybody, and applications to it.
partnership-heading = Eine Börse unter eigenem Namen betreiben
partnership-intro = { $host } teilt Orderbuch und Technik mit Teams, die ihre eigene Börse betreiben. Alles Folgende ist aus dem gelesen, was in diesem Moment gilt.
partnership-apply = Bewerben
partnership-to-questions = Zehn Fragen und Antworten
partnership-questions = Fragen und Antworten
partnership-places = { $left ->
    [one] Noch ein Platz
   *[other] Noch { $left } Plätze
  }
partnership-taken = { $taken } von { $quota } sind vergeben
partnership-stake = Kaution jedes Teams
partnership-stake-back = Sie kommt am Ende zurück, abzüglich offener Beträge.
partnership-book = Am gemeinsamen Orderbuch
partnership-brands = { $count ->
    [one] Eine Marke
   *[other] { $count } Marken
  }
partnership-markets = { $count ->
    [one] in einem Markt
   *[other] in { $count } Märkten
  }
partnership-until = Offen bis
partnership-date = { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partnership-token-needed = Mit eigenem Token
partnership-token-free = Ein eigener Token steht Ihnen frei.
partnership-closed = Zurzeit nimmt keine Phase Bewerbungen an. Hier lesen Sie, wie es geht; kommen Sie zur nächsten wieder.
partnership-apply-hint = Sie müssen noch nicht alles wissen. Sie erhalten einen Link, über den Sie weitermachen, und reichen die Bewerbung ein, wenn sie vollständig ist.
partnership-steps = Schritte der Bewerbung
partnership-step-contact = Kontakt
partnership-step-team = Team und Plan
partnership-step-brand = Marke
partnership-step-link = Ihr Link
partnership-contact = Ansprechperson
partnership-email = E-Mail-Adresse
partnership-phone = Telefonnummer
partnership-team = Ihr Team
partnership-team-hint = Wer Sie sind und was Sie bisher gemacht haben
partnership-plan = Ihr Plan
partnership-plan-hint = Märkte, Kunden, Länder
partnership-brand = Name der Marke
partnership-brand-hint = Der erste Teil ihrer Adresse: Kleinbuchstaben, Ziffern und Bindestriche
partnership-back = Zurück
partnership-next = Weiter
partnership-begin = Bewerbung beginnen
partnership-begun = Ihre Bewerbung { $reference } ist angelegt.
partnership-keep-link = Bewahren Sie diesen Link auf. Er wird nur einmal gezeigt, und wer ihn hat, kann Ihre Bewerbung sehen und ändern.
partnership-copy = Link kopieren
partnership-copied = Kopiert
partnership-go-on = Weiter
partnership-application = Bewerbung { $reference }
partnership-no-link = Öffnen Sie Ihre Bewerbung über den Link, den Sie erhalten haben.
partnership-way = Der Weg zur Marke im Betrieb
partnership-next-step = Als Nächstes: { $state }, durch: { $of }
partnership-claim = Um hier weiterzumachen, melden Sie sich an und übernehmen Sie diese Bewerbung: Die Kaution von { $stake } { $asset } kommt von Ihrem Handelskonto.
partnership-checklist = Bevor die Marke startet
partnership-there = erledigt
partnership-open = noch offen
partnership-item-domain = Eine eigene, nachgewiesene Domain
partnership-item-logo = Ein Logo
partnership-item-terms = Bedingungen für Ihre Nutzer
partnership-item-fees = Gebühren
partnership-item-staff = Ein Team mit Rollen
partnership-item-support = Eine Support-Adresse
partnership-item-test-order = Eine Testorder
partnership-item-test-hour = Eine Teststunde
partnership-save = Speichern
partnership-saved = Gespeichert.
partnership-submit = Einreichen
partnership-submitted = Die Bewerbung ist eingereicht. Der Betreiber prüft sie jetzt.
partnership-withdraw = Zurückziehen
partnership-withdrawn = Die Bewerbung ist zurückgezogen.
partnership-so-far = Bisher
partnership-state-draft = Entwurf
partnership-state-submitted = Eingereicht
partnership-state-screening = In Prüfung
partnership-state-deposit-pending = Zugelassen
partnership-state-deposit-locked = Kaution hinterlegt
partnership-state-contracted = Vertrag unterzeichnet
partnership-state-sandbox = Im Test
partnership-state-verified = Verifiziert
partnership-state-live = In Betrieb
partnership-state-suspended = Ausgesetzt
partnership-state-offboarding = Im Ausstieg
partnership-state-closed = Geschlossen
partnership-state-refused = Abgelehnt
partnership-state-withdrawn = Zurückgezogen
partnership-state-expired = Abgelaufen
partnership-role-applicant = Sie
partnership-role-partner = der Partner
partnership-role-host = der Betreiber
partnership-role-system = die Börse selbst

problem-phase-closed = Zurzeit nimmt keine Phase Bewerbungen an.
problem-phase-closed-do = Sehen Sie im Programm nach der nächsten.
problem-no-such-application = Zu diesem Link gibt es keine Bewerbung.
problem-no-such-application-do = Prüfen Sie, ob der Link vollständig ist; wurde die Bewerbung übernommen, melden Sie sich an, um sie zu sehen.
problem-too-many-applications = Gerade gehen viele Bewerbungen ein.
problem-too-many-applications-do = Versuchen Sie es in einer Stunde noch einmal.

## Added later
partnership-sign-in = Melden Sie sich an, um weiterzumachen
partnership-claim-it = Übernehmen
partnership-claimed = Die Bewerbung gehört Ihnen
partnership-lock = Kaution von { $stake } { $asset } hinterlegen
partnership-staked = Die Kaution ist hinterlegt, und ein Platz gehört Ihnen
partnership-read = Vertrag lesen
partnership-contract-about = Version { $version }, für { $days } Tage, mit { $notice } Tagen Kündigungsfrist. Sie nehmen genau diesen Text an, anhand seines Hashes.
partnership-sign = Vertrag annehmen
partnership-signed = Angenommen
partnership-leave = Ausscheiden
partnership-leave-about = Sie geben den Platz zurück. Die Kaution kommt nach der Kündigungsfrist zurück, abzüglich offener Beträge.
partnership-leave-yes = Kündigen
partnership-left = Die Kündigung ist ausgesprochen
partnership-cancel = Abbrechen
