# How to use the exchange; a brand may say any of it in its own words.
help-title = Ayuda de { $brand }
help-search = Buscar en la ayuda
help-lead = Respuestas sobre su cuenta, las órdenes, las comisiones y la API.
help-found = { $count ->
    [0] Sin resultados
    [one] Encontrado en un tema
    [many] Encontrado en { $count } de temas
   *[other] Encontrado en { $count } temas
}
help-nothing = Ninguna respuesta contiene esas palabras. Pruebe con menos.
help-topics = Temas
help-status = Qué funciona en este momento
help-support = ¿Le queda alguna pregunta? Escriba a

help-sign-up = ¿Cómo me registro?
help-sign-up-1 = Elija «Registrarse» arriba e indique su correo electrónico, una contraseña de diez caracteres o más y su país.
help-sign-up-2 = Enviamos un código a su dirección. Introdúzcalo en un plazo de 15 minutos; tras varios intentos fallidos, empiece de nuevo.
help-sign-up-3 = Con ello se abre su cuenta de negociación. Puede operar en cuanto haya saldo en ella.

help-deposit = ¿Cómo obtengo fondos?
help-deposit-1 = En la negociación simulada recibe fondos de prueba: cambie a ese modo, abra Activos y pídalos. No tienen valor y no se pueden retirar.
help-deposit-2 = En la negociación real, su página de activos muestra qué ingresos admite { $brand }. Lo que no aparece allí no se ofrece.

help-order = ¿Cómo envío una orden?
help-order-1 = Abra Operar, elija un instrumento y después comprar o vender. Indique precio y cantidad; antes de enviarla, el formulario muestra la comisión, la retención y el peor precio.
help-order-2 = La retención es lo que se reserva mientras la orden está abierta. Al cancelar la orden, vuelve a estar disponible de inmediato.
help-order-3 = Las órdenes abiertas están debajo del gráfico. Allí puede cambiar el precio o la cantidad, o cancelarlas.

help-types = ¿Qué tipos de orden hay?
help-types-1 = Límite: a su precio o mejor. Lo que no se ejecuta de inmediato espera en el libro.
help-types-2 = Mercado: a los mejores precios disponibles. Lo que no se puede ejecutar se cancela.
help-types-3 = Solo maker (post-only): únicamente espera en el libro. Si se fuera a ejecutar de inmediato, se cancela.
help-types-4 = Inmediata o cancelar (IOC): ejecuta lo que puede al instante y el resto se cancela.
help-types-5 = Todo o nada (FOK): se ejecuta entera al instante, o no se ejecuta.

help-fees = ¿Cuánto cuesta?
help-fees-1 = La orden del maker esperaba en el libro; la del taker se ejecutó al instante. La comisión es una parte de lo negociado, siempre en la segunda moneda del par.
help-fees-2 = Estas son las tarifas de { $brand } en este momento, tal como las cobra el propio exchange:

help-api = ¿Cómo opero con un programa?
help-api-1 = Basta una dirección para todo: { $url }. Habla OKX v5, de modo que un cliente que conoce OKX funciona en cuanto cambie su dirección.
help-api-2 = Cree una clave en sus ajustes. No le dé más permisos de los necesarios e indique las direcciones desde las que se usa.
help-api-3 = Los flujos están en { $socket }. Los precios públicos no requieren clave. Pruebe esto en un terminal:

help-security = ¿Cómo protejo mi cuenta?
help-security-1 = Configure una clave de acceso o una aplicación de autenticación en los ajustes de seguridad y guarde los códigos de recuperación en papel.
help-security-2 = Nadie de { $brand } le pedirá jamás su contraseña, un código o el secreto de una API.
help-security-3 = Si ve una sesión que no es suya, termínela en los ajustes y cambie su contraseña.

help-refusals = ¿Qué significa un rechazo?
help-refusals-1 = Todo rechazo lleva un código. Busque el código que se le mostró.
help-rates = Tarifas por nivel
help-codes = Códigos de rechazo
help-code = Código
help-means = Qué dice
help-do = Qué hacer
help-no-code = Ese código no existe.
help-level = Nivel
help-maker = Maker
help-taker = Taker

help-do-50001 = Espere un momento e inténtelo de nuevo; si persiste, consulte la página de estado.
help-do-50011 = Haga menos solicitudes: cada ruta tiene un límite.
help-do-50013 = Espere un momento e inténtelo de nuevo. Las cancelaciones se aceptan siempre.
help-do-50027 = Acepte las condiciones vigentes e inténtelo de nuevo.
help-do-50028 = Por ahora no se aceptan órdenes aquí. Las cancelaciones sí; consulte la página de estado.
help-do-50061 = Envíe menos órdenes por segundo, o varias en una solicitud.
help-do-50102 = Ponga en hora el reloj de su equipo; firme cada solicitud de nuevo.
help-do-50103 = Envíe su clave en esta cabecera.
help-do-50105 = Use la frase de paso que indicó al crear la clave.
help-do-50110 = Añada su dirección a la lista de la clave, o haga la solicitud desde una que esté en ella.
help-do-50111 = Compruebe la clave: puede haberse eliminado o ser de otra marca.
help-do-50113 = Compruebe cómo se firma la solicitud: hora, método, ruta con su consulta y cuerpo.
help-do-50114 = Vuelva a iniciar sesión.
help-do-50120 = Cree una clave que tenga este permiso.
help-do-51000 = Corrija el parámetro que se indica.
help-do-51001 = Elija un instrumento de la lista de mercados.
help-do-51005 = Reduzca la orden, o envíe varias.
help-do-51006 = Elija un precio más cercano al mercado.
help-do-51016 = Dé a cada orden un ID de cliente propio.
help-do-51020 = Aumente la orden por encima del mínimo del instrumento.
help-do-51022 = Espere a que vuelva a negociarse: la página de estado lo indica.
help-do-51121 = Redondee la cantidad al lote del instrumento.
help-do-51137 = Elija un precio más bajo: la banda se muestra junto al instrumento.
help-do-51138 = Elija un precio más alto: la banda se muestra junto al instrumento.
help-do-51603 = Está ejecutada, cancelada o nunca existió: consulte su historial.
help-do-58350 = Mueva un importe menor, o cancele órdenes que retengan fondos.
