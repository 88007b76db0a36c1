language-name = Español
title = Hágase bróker
heading = Hágase bróker en { $exchange }
intro = Los brókeres traen órdenes con un código propio y cobran por ellas una parte de las comisiones. Todo lo que sigue se lee de lo que está en vigor en este momento.
languages = Idiomas
compare-heading = Dos maneras de operar a través de ustedes
compare-feature = Aspecto
compare-api = Bróker por API
compare-oauth = Bróker por OAuth
questions-heading = Preguntas

compare-security = Modelo de seguridad
compare-security-api = El usuario crea una clave de API y firma con ella cada petición
compare-security-oauth = El usuario concede un token que vale una hora
compare-privacy = Lo que entrega el usuario
compare-privacy-api = La clave, su secreto y su frase de paso
compare-privacy-oauth = Ninguna credencial
compare-speed = Integración
compare-speed-api = Más rápida: peticiones firmadas, sin registrar nada del camino del navegador
compare-speed-oauth = Más trabajo: página de consentimiento, direcciones de retorno, tokens que se renuevan
compare-control = Lo que pueden hacer
compare-control-api = Lo que el usuario haya concedido a la clave, salvo retiros y claves
compare-control-oauth = Lo que el usuario haya concedido: leer, u operar; nunca retiros ni subcuentas
compare-use = Pensado para
compare-use-api = Automatización institucional
compare-use-oauth = Plataformas para consumidores
compare-attribution = Qué órdenes son suyas
compare-attribution-api = Las que llevan su código, de claves cuyo usuario lo ha aceptado
compare-attribution-oauth = Todas las que pasan por un token que se les ha concedido
compare-addresses = Desde dónde llaman sus servidores
compare-addresses-api = Desde las direcciones que han registrado
compare-addresses-oauth = Desde las direcciones que han registrado; un cliente que no guarda secretos, desde el dispositivo del usuario
compare-ending = Cómo lo termina un usuario
compare-ending-api = Revocando la clave o el consentimiento, al instante
compare-ending-oauth = Revocando la concesión, al instante, para todos los tokens

question-program = 1. ¿Qué es el programa de brókeres?
answer-program = Una manera de cobrar por las órdenes que sus usuarios envían a través de ustedes. Sus cuentas, fondos y comisiones no cambian; de la comisión neta de cada ejecución con su código, una parte es suya.
question-who = 2. ¿Quién puede ser bróker?
answer-who = Una empresa con una cuenta de negociación aquí, en una de estas actividades:
business-aggregator = agregación: una interfaz para varias bolsas
business-algo_provider = negociación algorítmica: estrategias y su ejecución
business-wealth_manager = gestión de patrimonios: carteras de activos digitales
business-social_trading = negociación social: comunidades que invierten juntas
business-fintech = fintech: pagos, pasarelas, custodia
question-models = 3. ¿API, OAuth o ambos?
answer-models = Las dos maneras se comparan en la tabla de arriba. Al presentar la solicitud eligen una o ambas.
question-needs = 4. ¿Qué debemos tener?
answer-needs = Antes de presentar la solicitud:
needs-company = documentos de su empresa
needs-capacity = sistemas que sostengan { $requests } peticiones por segundo
needs-security = respuestas a un cuestionario de seguridad
needs-compliance = medidas contra el blanqueo, identificación de clientes y protección de datos, que declaran cada { $attestation_days } días
question-way = 5. ¿Cómo llegamos a serlo?
answer-way = Paso a paso, y en todo momento ven de quién depende el siguiente:
way-prepare = preparar: rellenen la solicitud; es un borrador hasta que la entregan
way-apply = solicitar: examinamos la empresa
way-integrate = integrar: reciben su código
way-test = probar: su código funciona con fondos de prueba, y el kit de conformidad les da un certificado
way-review = revisar: se examinan la seguridad y el cumplimiento
way-contract = contrato: ambas partes aceptan el mismo texto
way-live = en funcionamiento: su código gana
question-rate = 6. ¿Cómo se determina la tasa?
answer-rate = Por su nivel, el producto, maker o taker, el nivel VIP del cliente y si el cliente tiene un afiliado. Los niveles resultan del volumen de 30 días y de los clientes que traen, y se revisan cada mes.
question-paid = 7. ¿Cuándo se nos paga?
answer-paid = Cada hora, una hora después, en { $asset }. Lo que no llega a { $minimum } { $asset } se arrastra y se muestra.
question-excluded = 8. ¿Qué órdenes no ganan nada?
answer-excluded = Cada ejecución que no gana dice por qué. Entre los motivos:
excluded-level = el cliente está en el nivel VIP { $excluded_level } o superior
excluded-channel = la orden no llegó por la API
excluded-discount = la comisión se pagó con vales o tarjetas
excluded-consent = la orden lleva su código y su usuario no lo ha aceptado
question-minimum = 9. ¿Hay un volumen mínimo?
answer-minimum = Ninguno para ser bróker. Los niveles superiores piden actividad constante.
question-check = 10. ¿Podemos comprobar lo que se nos paga?
answer-check = Sí. Cada hora tiene un extracto con cada ejecución, su regla y sus cifras, que se verifica con el fichero solo. Lo que resulte erróneo se corrige con asientos en la siguiente hora abierta.
question-users = 11. ¿Qué ven los usuarios?
answer-users = Su nombre y su logotipo antes de aceptar, y a ustedes como bróker en cada orden. Pueden negarse o revocar en cualquier momento; nada de lo que hacen por sí mismos es suyo.
question-ends = 12. ¿Qué puede terminarlo?
answer-ends = El contrato y las declaraciones valen por un tiempo. { $warning_days } días antes de que termine uno les escribimos; sin él su código no gana nada hasta que se renueve, y entonces vuelve a funcionar por sí solo.

state-draft = borrador
state-submitted = entregada
state-integration = integración
state-sandbox = prueba con fondos de prueba
state-review = revisión de cumplimiento
state-contract = contrato
state-live = en funcionamiento
state-lapsed = vencida
state-suspended = suspendida
state-closed = cerrada
state-refused = rechazada
state-withdrawn = retirada
state-expired = caducada

lasting-contract = su contrato de bróker
lasting-aml-kyc = su declaración sobre blanqueo y clientes
lasting-data-protection = su declaración sobre protección de datos

security-key_storage = ¿Cómo se guardan las claves y los tokens de sus usuarios, y quién puede leerlos?
security-encryption = ¿Cómo se cifran los datos en tránsito y en reposo?
security-access_control = ¿Quién tiene acceso a sus sistemas de producción, y con qué segundo factor?
security-vulnerabilities = ¿Cómo se encuentran y se corrigen las debilidades, y cuándo los probaron por última vez desde fuera?
security-incidents = ¿Qué hacen en un incidente, y cuándo avisan a sus usuarios y a nosotros?
security-logging = ¿Qué se registra, cuánto se conserva y quién puede cambiarlo?
security-monitoring = ¿Cómo se vigilan las transacciones, y cómo se advierte lo inusual?
security-continuity = ¿Qué pasa con las órdenes de sus usuarios cuando sus sistemas no funcionan?
security-subcontractors = ¿Qué terceros trabajan en sus sistemas o tienen datos de sus usuarios?
security-data_location = ¿En qué países están los datos de sus usuarios?

attest-aml-kyc =
    Declaramos que nuestra empresa

    1. identifica a los clientes cuyas órdenes envía, y conoce a los dueños y a quienes controlan a los que son empresas;
    2. comprueba a los clientes en las listas de sanciones que le son aplicables, al aceptarlos y cada vez que cambia una lista;
    3. vigila sus transacciones en busca de señales de blanqueo y de financiación del terrorismo, y comunica lo que deba comunicar;
    4. no atiende a clientes de países en los que no puede hacerlo;
    5. conserva los registros de todo ello mientras lo pida la ley, y los muestra a la bolsa cuando se le piden.

    Avisamos a la bolsa de inmediato cuando algo de esto deje de ser así.
attest-data-protection =
    Declaramos que nuestra empresa

    1. trata los datos personales de los usuarios solo para lo que han aceptado, conforme a las leyes aplicables, como el RGPD y la CCPA;
    2. guarda cifrados las claves, los tokens y los datos personales, y solo deja verlos a quien debe;
    3. atiende las peticiones de los usuarios de ver, corregir, llevarse y borrar sus datos;
    4. comunica a la bolsa una brecha que afecte a sus usuarios en 24 horas, y a las autoridades y a los usuarios como pida la ley;
    5. obliga a lo mismo a todos los que trabajan con estos datos por su cuenta.

    Avisamos a la bolsa de inmediato cuando algo de esto deje de ser así.
