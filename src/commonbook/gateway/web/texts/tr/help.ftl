# How to use the exchange; a brand may say any of it in its own words.
help-title = { $brand } yardım merkezi
help-search = Yardımda ara
help-lead = Hesabınız, emirler, komisyonlar ve API hakkında yanıtlar.
help-found = { $count ->
    [0] Hiçbir şey bulunamadı
    [one] Bir konuda bulundu
   *[other] { $count } konuda bulundu
}
help-nothing = Bu sözcüklerin tümünü içeren bir yanıt yok. Daha az sözcük deneyin.
help-topics = Konular
help-status = Şu anda neler çalışıyor
help-support = Hâlâ sorunuz mu var? Bize yazın:

help-sign-up = Nasıl kaydolurum?
help-sign-up-1 = Yukarıdaki “Kaydol” düğmesini seçin; e-posta adresinizi, en az on karakterlik bir parola ve ülkenizi girin.
help-sign-up-2 = Adresinize bir kod göndeririz. Kodu 15 dakika içinde girin; birkaç yanlış denemeden sonra baştan başlamanız gerekir.
help-sign-up-3 = Kayıtla birlikte işlem hesabınız açılır. Hesabınızda bakiye oluşur oluşmaz işlem yapabilirsiniz.

help-deposit = Nasıl bakiye edinirim?
help-deposit-1 = Simülasyonda size test bakiyesi verilir: simülasyona geçin, Varlıklar sayfasını açın ve isteyin. Test bakiyesinin değeri yoktur, çekilemez.
help-deposit-2 = Gerçek işlemlerde varlıklar sayfası { $brand } tarafından kabul edilenleri gösterir. Orada yer almayan sunulmuyordur.

help-order = Nasıl emir veririm?
help-order-1 = İşlem sayfasını açın, bir enstrüman seçin, ardından alın ya da satın. Fiyat ve miktar girin; form, göndermeden önce komisyonu, bloke tutarı ve en kötü fiyatı gösterir.
help-order-2 = Bloke tutar, emir açıkken ayrılan bakiyedir. Emir iptal edilince hemen yeniden kullanılabilir olur.
help-order-3 = Açık emirler grafiğin altındadır. Orada fiyatı ya da miktarı değiştirebilir veya emri iptal edebilirsiniz.

help-types = Hangi emir türleri var?
help-types-1 = Limit: sizin fiyatınızdan ya da daha iyisinden gerçekleşir. Hemen gerçekleşmeyen kısım emir defterinde bekler.
help-types-2 = Piyasa: mevcut en iyi fiyatlardan gerçekleşir. Gerçekleşemeyen kısım iptal edilir.
help-types-3 = Yalnız maker: yalnızca emir defterinde bekler. Hemen eşleşecekse iptal edilir.
help-types-4 = Hemen gerçekleşmezse iptal (IOC): gerçekleşebilen kısım hemen gerçekleşir, kalan iptal edilir.
help-types-5 = Ya hep ya hiç (FOK): tamamı bir anda gerçekleşir ya da hiç gerçekleşmez.

help-fees = Maliyeti nedir?
help-fees-1 = Maker emri defterde beklemiş, taker emri hemen gerçekleşmiştir. Komisyon işlem tutarının bir bölümüdür ve her zaman paritenin ikinci para biriminden alınır.
help-fees-2 = { $brand } oranları, şu anda borsanın uyguladığı hâliyle:

help-api = Bir programla nasıl işlem yaparım?
help-api-1 = Her şey için tek adres yeter: { $url }. OKX v5 konuşur; OKX ile çalışan bir istemci, adresini değiştirince burada da çalışır.
help-api-2 = Ayarlarınızda bir anahtar oluşturun. Gerekenden fazla izin vermeyin ve kullanıldığı adresleri belirtin.
help-api-3 = Akışların adresi: { $socket }. Herkese açık fiyatlar için anahtar gerekmez. Bir terminalde deneyin:

help-security = Hesabımı nasıl güvende tutarım?
help-security-1 = Güvenlik ayarlarında bir geçiş anahtarı ya da kimlik doğrulama uygulaması kurun, kurtarma kodlarını kâğıt üzerinde saklayın.
help-security-2 = { $brand } adına hiç kimse sizden parola, kod ya da gizli API anahtarı istemez.
help-security-3 = Size ait olmayan bir oturum görürseniz ayarlardan bitirin ve parolanızı değiştirin.

help-refusals = Bir ret ne anlama gelir?
help-refusals-1 = Her ret bir kodla bildirilir. Size gösterilen kodu arayın.
help-rates = Seviyelere göre oranlar
help-codes = Ret kodları
help-code = Kod
help-means = Anlamı
help-do = Ne yapmalı
help-no-code = Böyle bir kod yok.
help-level = Seviye
help-maker = Maker
help-taker = Taker

help-do-50001 = Biraz bekleyip yeniden deneyin; sürerse durum sayfasına bakın.
help-do-50011 = Daha seyrek istek gönderin: her yolun bir sınırı vardır.
help-do-50013 = Biraz bekleyip yeniden deneyin. İptaller her zaman alınır.
help-do-50027 = Yürürlükteki koşulları kabul edip yeniden deneyin.
help-do-50028 = Burada şimdilik emir alınmıyor. İptaller alınır; durum sayfasına bakın.
help-do-50061 = Saniyede daha az emir gönderin ya da birkaçını tek istekte toplayın.
help-do-50102 = Bilgisayarınızın saatini ayarlayın; her isteği yeniden imzalayın.
help-do-50103 = Anahtarınızı bu başlıkta gönderin.
help-do-50105 = Anahtarı oluştururken belirlediğiniz parola cümlesini kullanın.
help-do-50110 = Adresinizi anahtarın listesine ekleyin ya da listedeki bir adresten istek gönderin.
help-do-50111 = Anahtarı kontrol edin: silinmiş ya da başka bir markanın anahtarı olabilir.
help-do-50113 = İsteğin nasıl imzalandığını kontrol edin: zaman, yöntem, sorgusuyla birlikte yol ve gövde.
help-do-50114 = Yeniden giriş yapın.
help-do-50120 = Bu izne sahip bir anahtar oluşturun.
help-do-51000 = Adı verilen parametreyi düzeltin.
help-do-51001 = Piyasa listesinden bir enstrüman seçin.
help-do-51005 = Emri küçültün ya da birkaç emre bölün.
help-do-51006 = Piyasaya daha yakın bir fiyat seçin.
help-do-51016 = Her emre kendine ait bir istemci emir kimliği verin.
help-do-51020 = Emri enstrümanın en az miktarından büyük yapın.
help-do-51022 = Yeniden işlem görene kadar bekleyin: durum sayfası bildirir.
help-do-51121 = Miktarı enstrümanın lot adımına yuvarlayın.
help-do-51137 = Daha düşük bir fiyat seçin: fiyat bandı enstrümanda gösterilir.
help-do-51138 = Daha yüksek bir fiyat seçin: fiyat bandı enstrümanda gösterilir.
help-do-51603 = Gerçekleşmiş, iptal edilmiş ya da hiç olmamış: geçmişinize bakın.
help-do-58350 = Daha küçük bir tutar aktarın ya da bakiye bloke eden emirleri iptal edin.
