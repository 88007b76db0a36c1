# How to use the exchange; a brand may say any of it in its own words.
help-title = Hilfe zu { $brand }
help-search = Hilfe durchsuchen
help-lead = Antworten zu Konto, Orders, Gebühren und API.
help-found = { $count ->
    [0] Nichts gefunden
    [one] In einem Thema gefunden
   *[other] In { $count } Themen gefunden
}
help-nothing = Keine Antwort enthält diese Wörter. Versuchen Sie es mit weniger.
help-topics = Themen
help-status = Was gerade funktioniert
help-support = Noch eine Frage? Schreiben Sie an

help-sign-up = Wie registriere ich mich?
help-sign-up-1 = Wählen Sie oben „Registrieren“ und geben Sie Ihre E-Mail-Adresse, ein Passwort mit mindestens zehn Zeichen und Ihr Land an.
help-sign-up-2 = Wir senden Ihnen einen Code. Geben Sie ihn innerhalb von 15 Minuten ein; nach mehreren Fehlversuchen beginnen Sie von vorn.
help-sign-up-3 = Damit wird Ihr Handelskonto eröffnet. Sie können handeln, sobald Guthaben darauf ist.

help-deposit = Wie komme ich an Guthaben?
help-deposit-1 = Im simulierten Handel erhalten Sie Testguthaben: Wechseln Sie dorthin, öffnen Sie „Vermögen“ und fordern Sie es an. Es hat keinen Wert und kann nicht ausgezahlt werden.
help-deposit-2 = Im echten Handel zeigt Ihre Vermögensseite, was { $brand } annimmt. Was dort nicht steht, wird nicht angeboten.

help-order = Wie gebe ich eine Order auf?
help-order-1 = Öffnen Sie den Handel, wählen Sie einen Markt und kaufen oder verkaufen Sie. Geben Sie Preis und Menge ein; das Orderformular zeigt vor dem Absenden Gebühr, Reservierung und schlechtesten Preis.
help-order-2 = Die Reservierung ist der Betrag, der zurückgelegt wird, solange die Order offen ist. Wird die Order storniert, ist er sofort wieder verfügbar.
help-order-3 = Offene Orders stehen unter dem Chart. Dort können Sie Preis oder Menge ändern oder stornieren.

help-types = Welche Orderarten gibt es?
help-types-1 = Limit: zu Ihrem Preis oder besser. Was nicht sofort ausgeführt wird, wartet im Orderbuch.
help-types-2 = Market: zu den besten vorhandenen Preisen. Was nicht ausgeführt werden kann, wird storniert.
help-types-3 = Nur Maker: wartet ausschließlich im Orderbuch. Würde die Order sofort ausgeführt, wird sie storniert.
help-types-4 = Immediate or Cancel (IOC): führt sofort aus, was möglich ist; der Rest wird storniert.
help-types-5 = Fill or Kill (FOK): alles sofort oder nichts.

help-fees = Was kostet es?
help-fees-1 = Die Order eines Makers hat im Orderbuch gewartet, die eines Takers wurde sofort ausgeführt. Die Gebühr ist ein Anteil des gehandelten Betrags, immer in der zweiten Währung des Paares.
help-fees-2 = Das sind die aktuellen Sätze von { $brand }, so wie die Börse selbst sie berechnet:

help-api = Wie handle ich mit einem Programm?
help-api-1 = Für alles genügt eine Adresse: { $url }. Sie spricht OKX v5; ein Client für OKX funktioniert also, sobald Sie seine Adresse ändern.
help-api-2 = Erstellen Sie in den Einstellungen einen Schlüssel. Geben Sie ihm nicht mehr Rechte als nötig und die Adressen, von denen er benutzt wird.
help-api-3 = Die Streams finden Sie unter { $socket }. Öffentliche Preise brauchen keinen Schlüssel. Probieren Sie dies in einem Terminal:

help-security = Wie schütze ich mein Konto?
help-security-1 = Richten Sie in den Sicherheitseinstellungen einen Passkey oder eine Authenticator-App ein, und bewahren Sie die Wiederherstellungscodes auf Papier auf.
help-security-2 = Niemand von { $brand } fragt Sie je nach Passwort, Code oder API-Geheimnis.
help-security-3 = Sehen Sie eine Sitzung, die nicht Ihre ist, beenden Sie sie in den Einstellungen und ändern Sie Ihr Passwort.

help-refusals = Was bedeutet eine Ablehnung?
help-refusals-1 = Jede Ablehnung hat einen Code. Suchen Sie nach dem Code, der Ihnen angezeigt wurde.
help-rates = Sätze nach Stufe
help-codes = Ablehnungscodes
help-code = Code
help-means = Was er besagt
help-do = Was zu tun ist
help-no-code = Diesen Code gibt es nicht.
help-level = Stufe
help-maker = Maker
help-taker = Taker

help-do-50001 = Warten Sie einen Moment und versuchen Sie es noch einmal; hält es an, sehen Sie auf die Statusseite.
help-do-50011 = Fragen Sie seltener an: Jede Route hat ein Limit.
help-do-50013 = Warten Sie einen Moment und versuchen Sie es noch einmal. Stornierungen werden immer angenommen.
help-do-50027 = Akzeptieren Sie die geltenden Bedingungen und versuchen Sie es noch einmal.
help-do-50028 = Orders sind hier vorerst gestoppt. Stornierungen werden angenommen; sehen Sie auf die Statusseite.
help-do-50061 = Senden Sie weniger Orders pro Sekunde oder mehrere in einer Anfrage.
help-do-50102 = Stellen Sie die Uhr Ihres Rechners; signieren Sie jede Anfrage neu.
help-do-50103 = Senden Sie Ihren Schlüssel in diesem Header.
help-do-50105 = Verwenden Sie die Passphrase, die beim Erstellen des Schlüssels angegeben wurde.
help-do-50110 = Nehmen Sie Ihre Adresse in die Liste des Schlüssels auf, oder fragen Sie von einer gelisteten an.
help-do-50111 = Prüfen Sie den Schlüssel: Er kann gelöscht sein oder zu einer anderen Marke gehören.
help-do-50113 = Prüfen Sie die Signatur der Anfrage: Zeit, Methode, Pfad mit Query und Body.
help-do-50114 = Melden Sie sich erneut an.
help-do-50120 = Erstellen Sie einen Schlüssel mit dieser Berechtigung.
help-do-51000 = Korrigieren Sie den genannten Parameter.
help-do-51001 = Wählen Sie einen Markt aus der Marktliste.
help-do-51005 = Verkleinern Sie die Order, oder senden Sie mehrere.
help-do-51006 = Wählen Sie einen Preis näher am Markt.
help-do-51016 = Geben Sie jeder Order eine eigene Client-Order-ID.
help-do-51020 = Die Order muss mindestens die Mindestmenge des Marktes haben.
help-do-51022 = Warten Sie, bis wieder gehandelt wird: Die Statusseite zeigt es an.
help-do-51121 = Runden Sie die Menge auf die Lotgröße des Marktes.
help-do-51137 = Wählen Sie einen niedrigeren Preis: Das Preisband steht beim Markt.
help-do-51138 = Wählen Sie einen höheren Preis: Das Preisband steht beim Markt.
help-do-51603 = Sie ist ausgeführt, storniert oder war nie da: Sehen Sie in die Historie.
help-do-58350 = Übertragen Sie weniger, oder stornieren Sie Orders, die Guthaben reservieren.
