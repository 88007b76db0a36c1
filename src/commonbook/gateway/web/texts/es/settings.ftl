# A user's own settings: security, keys, brokers, profile.
settings-pages = Partes de los ajustes
settings-security = Seguridad
settings-keys = Claves API
settings-brokers = Brókeres y aplicaciones
settings-profile = Perfil
settings-leave = Cancelar
settings-copy = Copiar
settings-copied = Copiado
settings-actions = Acciones

settings-totp = Aplicación de autenticación
settings-totp-on = Configurada. Sus códigos se piden al iniciar sesión.
settings-totp-off = Sin configurar. Una aplicación en su teléfono muestra un código nuevo cada 30 segundos.
settings-totp-set-up = Configurar aplicación
settings-totp-remove = Quitar aplicación
settings-totp-remove-ask = Sin ella, solo sus otros factores protegen esta cuenta.
settings-totp-how = Escanee el código QR con su aplicación, abra el enlace en su teléfono o escriba la clave en la aplicación. Después introduzca el código que muestra.
settings-totp-qr = Código QR de la clave, para la cámara de su aplicación
settings-totp-link = Abrir en mi aplicación
settings-totp-key = Clave
settings-totp-code = Código que muestra la aplicación
settings-totp-confirm = Activar
settings-totp-done = La aplicación de autenticación está activada

settings-passkeys = Claves de acceso
settings-passkeys-none = Aún no hay clave de acceso. Con una se inicia sesión con huella, rostro o llave de seguridad.
settings-passkey-name = Nombre de la nueva clave de acceso
settings-passkey-add = Añadir clave de acceso
settings-passkey-added = Clave de acceso añadida
settings-passkey-stopped = No se creó ninguna clave de acceso
settings-passkey-stopped-why = El navegador se detuvo o ya tiene una para esta cuenta.
settings-passkey-remove = Quitar
settings-passkey-remove-of = Quitar la clave de acceso { $name }
settings-passkey-remove-ask = Quien la tenga ya no podrá iniciar sesión con ella.
settings-passkey-since = Desde { $time }
settings-passkey-unnamed = Clave de acceso

settings-codes = Códigos de recuperación
settings-codes-left = { $count ->
        [0] No queda ninguno.
        [one] Queda uno. Cada uno sirve una vez, si ha perdido la aplicación y las claves de acceso.
        [many] Quedan { $count } de códigos. Cada uno sirve una vez, si ha perdido la aplicación y las claves de acceso.
       *[other] Quedan { $count }. Cada uno sirve una vez, si ha perdido la aplicación y las claves de acceso.
      }
settings-codes-need = Vienen con su primera aplicación o clave de acceso.
settings-codes-new = Crear códigos nuevos
settings-codes-new-ask = Los códigos que tiene ahora dejarán de servir.
settings-codes-title = Sus códigos de recuperación
settings-codes-keep = Guárdelos donde otros no lleguen. Solo se muestran esta vez.
settings-codes-kept = Los he guardado

settings-sessions = Dónde tiene sesión iniciada
settings-session-device = Dispositivo
settings-session-place = Red
settings-session-since = Desde
settings-session-seen = Último uso
settings-session-this = Esta
settings-session-end = Terminar
settings-session-end-of = Terminar la sesión en { $name }
settings-session-ended = Sesión terminada
settings-sessions-end = Terminar todas las demás
settings-sessions-ended = { $count ->
        [0] No había otra sesión.
        [one] Una sesión terminada
        [many] { $count } de sesiones terminadas
       *[other] { $count } sesiones terminadas
      }
settings-session-unknown = Dispositivo desconocido

settings-keys-why = Con una clave, un programa actúa por usted. Dele solo lo necesario y las direcciones desde las que trabaja.
settings-keys-none = No tiene ninguna clave.
settings-key-new = Nueva clave
settings-key-name = Nombre
settings-key = Clave
settings-key-may = Puede
settings-key-addresses = Direcciones
settings-key-anywhere = cualquiera
settings-key-used = Último uso
settings-key-never = nunca
settings-key-lapses = Caduca el { $time } si no se usa
settings-key-brokers = Código de bróker
settings-key-held = En poder de { $broker }
settings-key-delete = Eliminar
settings-key-delete-of = Eliminar la clave { $name }
settings-key-delete-ask = Los programas que la usan serán rechazados en un segundo. No se puede deshacer.
settings-key-deleted = Clave eliminada
settings-key-passphrase = Frase de paso
settings-key-passphrase-hint = De 8 a 32 caracteres: un dígito, una minúscula, una mayúscula y otro carácter. La necesita junto con la clave.
settings-key-addresses-hint = Separadas por comas. Una clave que opera desde cualquier dirección caduca tras dos semanas sin uso.
settings-key-broker = Código de un bróker
settings-key-broker-hint = Solo si un bróker le dio uno: entonces gana con las órdenes de esta clave.
settings-key-make = Crear clave
settings-key-made = Su nueva clave
settings-key-made-keep = Guarde el secreto ahora: solo se muestra esta vez.
settings-key-secret = Secreto
settings-key-kept = Lo he guardado
settings-permission-read-only = Leer
settings-permission-trade = Operar
settings-permission-withdraw = Retirar
settings-permission-manage = Administrar

settings-consents = Brókeres que pueden ganar con usted
settings-consents-why = Un bróker cuyo código está en sus órdenes recibe una parte de la comisión que usted paga. Sin él, su comisión es la misma.
settings-consents-none = Ningún bróker puede ganar con usted.
settings-consent-broker = Bróker
settings-consent-cap = Como máximo
settings-consent-program = lo que paga su programa
settings-consent-since = Aceptado
settings-consent-state = Estado
settings-consent-earns = gana
settings-consent-later = gana desde { $time }
settings-consent-refused = rechazado
settings-consent-inactive = no activo
settings-consent-keys = Claves
settings-consent-change = Cambiar
settings-consent-change-of = Cambiar lo que puede ganar { $broker }
settings-consent-cap-percent = Parte máxima de una comisión, en por ciento
settings-consent-cap-hint = Vacío: lo que paga su programa.
settings-consent-agree = Aceptar
settings-consent-agree-new = Aceptar un bróker
settings-consent-read = Leer su texto
settings-consent-agreed = Ha aceptado a { $broker }
settings-consent-refuse = Rechazar
settings-consent-refuse-of = Rechazar a { $broker }
settings-consent-allow = Permitir de nuevo
settings-consent-allow-of = Permitir de nuevo a { $broker }
settings-consent-end = Retirar el sí
settings-consent-end-of = Retirar su sí a { $broker }
settings-consent-end-ask = Las claves que tiene dejan de servir y no gana con nada que se ejecute desde ahora.
settings-consent-ended = Retirado su sí a { $broker }
settings-refuse-all = Rechazar a todos los brókeres
settings-refuse-all-on = Rechaza a todos los brókeres: ninguna orden suya lleva un código.
settings-refuse-all-end = Permitir brókeres de nuevo

settings-grants = Aplicaciones con acceso
settings-grants-none = Ninguna aplicación tiene acceso a su cuenta.
settings-grant-name = Aplicación
settings-grant-may = Puede
settings-grant-end = Terminar acceso
settings-grant-end-of = Terminar acceso: { $name }
settings-grant-end-ask = Queda fuera en un segundo, con la clave que haya creado. Sus órdenes permanecen: son de usted.
settings-grant-ended = { $name } ya no tiene acceso
settings-scope-fast-api = Crear una clave API
settings-scope-read-only = Leer
settings-scope-trade = Operar

settings-email = Correo electrónico
settings-name = Nombre
settings-name-hint = Como le llaman los correos.
settings-word = Su palabra propia
settings-word-hint = Está en cada correo nuestro, para que lo reconozca.
settings-phone = Teléfono
settings-phone-hint = Con el prefijo del país, por ejemplo +49 30 123456.
settings-mail-language = Su idioma
settings-mail-language-hint = De las páginas, y de los correos que existan en él.
settings-display-currency = Moneda en la que se muestra el valor
settings-display-hint = Solo para leer, guardado en este navegador; el dinero no cambia.
settings-save = Guardar
settings-saved = Guardado

problem-no-such-factor = Esto ya no está configurado.
problem-no-such-factor-do = Vuelva a cargar la página.
problem-no-such-session = Esta sesión ya ha terminado.
problem-no-such-session-do = Vuelva a cargar la página.
problem-no-such-broker = No hay ningún bróker con este código.
problem-no-such-broker-do = Pida su código al bróker.
problem-too-many-keys = Tiene tantas claves como puede tener.
problem-too-many-keys-do = Elimine una que no use.
settings-notices = Notificaciones
settings-notices-what = Qué se le notifica
settings-notices-about = Se muestra en la campana de cada página. Los correos siguen como antes.
settings-notices-always = Esto se notifica siempre, para que nadie pueda ocultárselo.
settings-notices-saved = Su elección está guardada
settings-terms = Condiciones
settings-terms-open = Pendientes de aceptar
settings-terms-open-about = Lea cada texto y acéptelo. Las órdenes esperan hasta que estén aceptados todos los textos para operadores.
settings-terms-open-none = No tiene nada pendiente.
settings-terms-later = Próximamente
settings-terms-later-about = Aún no están en vigor. Quien las acepte ahora no tendrá que hacerlo de nuevo.
settings-terms-past = Lo que ha aceptado
settings-terms-past-none = Todavía no ha aceptado nada.
settings-terms-text = Texto
settings-terms-number = Versión
settings-terms-from = En vigor desde
settings-terms-when = Aceptado
settings-terms-kind-terms = Condiciones de uso
settings-terms-kind-risk = Advertencia de riesgo
settings-terms-kind-privacy = Privacidad
settings-terms-role-staff = para el personal
settings-terms-role-partner = para propietarios de una plataforma
settings-terms-role-broker = para brókeres
settings-terms-accept = Aceptar
settings-terms-accept-of = Aceptar { $name }
settings-terms-done = Aceptado: { $name }
settings-terms-orders = Sus órdenes vuelven a aceptarse.
