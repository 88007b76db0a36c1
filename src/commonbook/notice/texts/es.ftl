# Mails. Every kind has a subject and a text; `mail` is the frame around each text.

mail =
    { $text }

    { $has-word ->
        [yes] Su palabra propia: { $word }. Un correo sin ella no es nuestro.
       *[no] Aún no ha elegido una palabra propia. Elíjala en su perfil: todos nuestros correos la llevarán.
    }

    { $brand }

sign-up-code =
    Le damos la bienvenida a { $brand }.

    Su código: { $code }

    Vale durante { $minutes } minutos y una sola vez. Nunca lo pedimos por teléfono ni por chat. Si no lo ha pedido, no tiene que hacer nada.
    .subject = Su código para { $brand }

sign-up-taken =
    Alguien, quizá usted, quiso registrarse en { $brand } con esta dirección. Ya tiene un usuario, y no se ha cambiado nada.

    Si ha sido usted: inicie sesión, o pida una contraseña nueva si la ha olvidado.
    .subject = Ya tiene un usuario en { $brand }

new-device =
    Se ha iniciado sesión con su usuario de { $brand } desde un dispositivo que no conocíamos.

    Dispositivo: { $device }
    Lugar: { $place }
    Hora: { $time }

    Si no ha sido usted: cambie ahora su contraseña y cierre todas las demás sesiones.
    .subject = Inicio de sesión desde un dispositivo nuevo

password-changed =
    La contraseña de su usuario de { $brand } se cambió a las { $time }. Todas las demás sesiones se han cerrado.

    Si no ha sido usted: pida ahora una contraseña nueva y escriba a nuestro servicio de ayuda.
    .subject = Se ha cambiado su contraseña

factor-added =
    { $factor ->
        [passkey] Una llave de acceso
       *[totp] Una aplicación de autenticación
    } se añadió a su usuario de { $brand } a las { $time }.

    Si no ha sido usted: cambie ahora su contraseña y elimínelo.
    .subject = Se ha añadido un segundo factor

factor-removed =
    { $factor ->
        [passkey] Una llave de acceso
       *[totp] La aplicación de autenticación
    } se eliminó de su usuario de { $brand } a las { $time }.

    Si no ha sido usted: cambie ahora su contraseña y escriba a nuestro servicio de ayuda.
    .subject = Se ha eliminado un segundo factor

recovery-codes-made =
    Se crearon códigos de recuperación nuevos para su usuario de { $brand } a las { $time }. Los anteriores ya no valen.

    Si no ha sido usted: cambie ahora su contraseña.
    .subject = Códigos de recuperación nuevos

recovery-code-used =
    Se usó un código de recuperación de su usuario de { $brand } a las { $time }. Quedan { $left }.

    Si no ha sido usted: cambie ahora su contraseña.
    .subject = Se ha usado un código de recuperación

key-made =
    Se creó una clave de API para su usuario de { $brand } a las { $time }.

    Nombre: { $label }
    Permisos: { $permissions }

    Si no ha sido usted: revóquela y cambie ahora su contraseña.
    .subject = Se ha creado una clave de API

key-changed =
    La clave de API { $label } de su usuario de { $brand } se cambió a las { $time }.

    Permisos: { $permissions }

    Si no ha sido usted: revóquela y cambie ahora su contraseña.
    .subject = Se ha cambiado una clave de API

application-granted =
    Ha permitido que la aplicación { $application } actúe por su usuario de { $brand } a las { $time }.

    Permisos: { $permissions }

    Si no ha sido usted: retírelo en sus aplicaciones y cambie ahora su contraseña.
    .subject = Una aplicación puede actuar por usted

application-ended =
    Se retiró a la aplicación { $application } todo lo que podía hacer por su usuario de { $brand } a las { $time }. Ya no puede hacer nada.
    .subject = Se ha retirado una aplicación

application-key-made =
    La aplicación { $application } ha creado una clave de API para su usuario de { $brand } a las { $time }.

    Nombre: { $label }
    Permisos: { $permissions }

    Si no lo ha querido usted: retírelo en sus aplicaciones y cambie ahora su contraseña.
    .subject = Una aplicación ha creado una clave de API

application-key-ended =
    La aplicación { $application } eliminó a las { $time } la clave de API que había creado para su usuario de { $brand }. La clave ya no puede hacer nada.
    .subject = Una aplicación ha eliminado su clave de API

key-revoked =
    La clave de API { $label } de su usuario de { $brand } se revocó a las { $time }.
    .subject = Se ha revocado una clave de API

broker-agreed =
    Ha dado su consentimiento al broker { $broker } en { $brand } el { $time }: puede actuar por su cuenta con lo que usted le dé y gana una parte de sus comisiones en las órdenes con su código.

    Si no ha sido usted: retírelo en su página de brokers y cambie su contraseña ahora.
    .subject = Ha dado su consentimiento a un broker

broker-ended =
    Su acuerdo con el broker { $broker } en { $brand } terminó el { $time }. Las claves que tenía ya no funcionan.
    .subject = Un acuerdo con un broker ha terminado

email-old-code =
    Alguien, quizá usted, quiere cambiar la dirección de su usuario de { $brand }.

    Su código desde esta dirección: { $code }

    Vale durante { $minutes } minutos. Si no ha sido usted: no se lo dé a nadie y cambie ahora su contraseña.
    .subject = Se va a cambiar su dirección

email-new-code =
    Esta va a ser la dirección nueva de un usuario de { $brand }.

    Su código desde esta dirección: { $code }

    Vale durante { $minutes } minutos. Si no lo ha pedido, no tiene que hacer nada.
    .subject = Confirme su dirección nueva

email-new-taken =
    Alguien, quizá usted, quiso dar esta dirección a otro usuario de { $brand }. Ya tiene un usuario, y no se ha cambiado nada.
    .subject = Ya tiene un usuario en { $brand }

email-changed =
    La dirección de su usuario de { $brand } se cambió a las { $time }. Las retiradas quedan bloqueadas durante { $hours } horas.

    Si no ha sido usted: escriba enseguida a nuestro servicio de ayuda.
    .subject = Se ha cambiado su dirección

recovery-requested =
    Alguien, quizá usted, ha pedido una contraseña nueva para su usuario de { $brand }.

    Se podrá poner a partir de { $ready }, con este código:
    { $code }
    { $link }

    Si no ha sido usted, deténgalo ahora con este código:
    { $stop }
    { $stop-link }
    .subject = Se ha pedido una contraseña nueva

recovery-stopped =
    La contraseña nueva que se pidió en { $brand } ya no se puede poner. Su contraseña es la de antes.
    .subject = Se ha detenido la contraseña nueva

recovery-done =
    Se puso una contraseña nueva para su usuario de { $brand } a las { $time }. Todas las sesiones se han cerrado, sus segundos factores siguen siendo los mismos y las retiradas quedan bloqueadas durante { $hours } horas.

    Si no ha sido usted: escriba enseguida a nuestro servicio de ayuda.
    .subject = Se ha puesto una contraseña nueva

invitation =
    Le invitan al equipo de { $brand }, como { $role }.

    Su código:
    { $code }
    { $link }

    Vale durante { $days } días y una sola vez. Ponga con él su contraseña.
    .subject = Le invitan a { $brand }

arrival =
    Su cuenta en { $brand } está lista: viene de la plataforma en la que usted ya era usuario.

    Su código:
    { $code }
    { $link }

    Vale durante { $days } días y una sola vez. Ponga con él su contraseña; nadie ha traído la anterior.
    .subject = Su cuenta en { $brand }

role-given =
    Ahora es { $role } en { $brand }. Inicie sesión con su contraseña; todo cambio necesita un segundo factor.
    .subject = Tiene un papel en { $brand }

sign-in-locked =
    El inicio de sesión de su usuario de { $brand } se bloqueó a las { $time }, y sus claves no funcionan. Escriba, por favor, a nuestro servicio de ayuda.
    .subject = Su inicio de sesión está bloqueado

sign-in-unlocked =
    El inicio de sesión de su usuario de { $brand } vuelve a estar abierto.
    .subject = Su inicio de sesión vuelve a estar abierto

erased =
    Lo que guardábamos de usted en { $brand } se borró a las { $time }. Este es nuestro último correo.
    .subject = Sus datos se han borrado

partnership-receipt =
    Su solicitud { $reference } ha empezado.

    Continúen con este enlace; quien lo tenga puede ver y cambiar la solicitud:
    { $link }

    Si no la han presentado ustedes, no tienen que hacer nada.
    .subject = Su solicitud { $reference }

partnership-state =
    Su solicitud { $reference } está ahora: { $state }.

    { $has-reason ->
        [yes] Motivo: { $reason }.
       *[no] Lo que sigue, y de quién depende, consta en su solicitud.
    }
    .subject = Su solicitud { $reference }: { $state }

partnership-contract-ends =
    El plazo de su contrato (solicitud { $reference }) ha terminado. Acepten el contrato más reciente en { $days } días, o se suspenderá su marca.
    .subject = Su contrato ha terminado

webhook-paused =
    { $url } de { $brand } lleva tanto tiempo sin aceptar lo que enviamos que lo hemos puesto en pausa: { $why }. Lo que ocurra se seguirá guardando.

    Cuando vuelva a responder, reanude el webhook en el panel de socios: entonces se enviará lo guardado.
    .subject = Un webhook está en pausa

maker-granted =
    La cuenta { $account } es ahora creadora de mercado en { $brand }: maker { $maker-rate }, taker { $taker-rate }. Su obligación cuenta desde el próximo día UTC completo.
    .subject = Las tarifas de un creador de mercado están en vigor

maker-day-failed =
    La cuenta { $account } no cumplió su obligación de creadora de mercado en { $brand } el { $day }; días seguidos: { $days-in-a-row }. Quien siga sin cumplirla pierde las tarifas.
    .subject = Un creador de mercado no cumplió su obligación

maker-rate-lost =
    La cuenta { $account } ha perdido sus tarifas de creadora de mercado en { $brand } después del { $day }; días seguidos sin cumplir: { $days-in-a-row }. Vuelve a pagar según el plan de tarifas.
    .subject = Un creador de mercado ha perdido sus tarifas

pair-delisted =
    { $instrument } ya no se negocia en { $brand }, como estaba previsto.
    .subject = { $instrument } se ha retirado

schedule-begun =
    Las tarifas previstas de { $brand } están en vigor (plan { $subject }, niveles { $levels }).
    .subject = Nuevas tarifas en vigor

promotion-begun =
    La promoción { $name } ha empezado en { $brand } (plan { $subject }, niveles { $levels }).
    .subject = Una promoción ha empezado

promotion-not-ended =
    La promoción { $name } de { $brand } ha terminado, pero sus tarifas aún no se han podido retirar: { $why }. Lo intentamos cada minuto; revise el mínimo y las tarifas.
    .subject = No se ha podido terminar una promoción

fees-refused =
    Un plan de tarifas de { $brand } (plan { $subject }) se rechazó cuando iba a empezar, y nada ha cambiado: { $why }. Prepárelo de nuevo.
    .subject = Se ha rechazado un plan de tarifas

stake-locked =
    La garantía de la solicitud { $reference } ({ $brand-name }) está bloqueada. Lo siguiente es el contrato.
    .subject = Garantía bloqueada: { $reference }

broker-state =
    Su solicitud de bróker { $reference } está ahora: { $state }.

    { $has-reason ->
        [yes] Motivo: { $reason }.
       *[no] Lo que sigue, y de quién depende, consta en su solicitud.
    }
    .subject = Su solicitud { $reference }: { $state }

broker-warning =
    El { $day } termina { $what } (solicitud { $reference }). Desde entonces su código no gana nada hasta que se renueve; en cuanto se renueve, vuelve a funcionar por sí solo.
    .subject = Termina el { $day }: { $what }

broker-moved =
    La solicitud { $reference } de { $title } para ser bróker está ahora: { $state }. Véanla en el panel del anfitrión.
    .subject = Solicitud de bróker: { $reference }
