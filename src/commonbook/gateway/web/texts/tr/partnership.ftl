# The partnership program for everybody, and applications to it.
partnership-heading = Kendi adınızla bir borsa işletin
partnership-intro = { $host }, emir defterini ve altyapısını kendi borsasını işleten ekiplerle paylaşır. Aşağıdaki her şey şu anda geçerli olan koşullardan okunur.
partnership-apply = Başvur
partnership-to-questions = On soru, on yanıt
partnership-questions = Sorular ve yanıtlar
partnership-places = { $left ->
    [one] Bir yer kaldı
   *[other] { $left } yer kaldı
  }
partnership-taken = { $quota } yerden { $taken } tanesi dolu
partnership-stake = Ekip başına teminat
partnership-stake-back = Sonunda, borçlar düşüldükten sonra geri verilir.
partnership-book = Ortak defterde
partnership-brands = { $count ->
    [one] Bir marka
   *[other] { $count } marka
  }
partnership-markets = { $count ->
    [one] bir piyasada
   *[other] { $count } piyasada
  }
partnership-until = Son başvuru
partnership-date = { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partnership-token-needed = Kendi token’ınız gerekir
partnership-token-free = Kendi token’ınızın olması isteğe bağlıdır.
partnership-closed = Şu anda başvuru alan bir dönem yok. İşleyiş aşağıda; bir sonraki dönem için yeniden gelin.
partnership-apply-hint = Her şeyi şimdiden bilmeniz gerekmez. Devam etmeniz için size bir bağlantı verilir; başvuru tamamlanınca teslim edersiniz.
partnership-steps = Başvurunun adımları
partnership-step-contact = İletişim
partnership-step-team = Ekip ve plan
partnership-step-brand = Marka
partnership-step-link = Bağlantınız
partnership-contact = İletişim kişisi
partnership-email = E-posta adresi
partnership-phone = Telefon numarası
partnership-team = Ekibiniz
partnership-team-hint = Kim olduğunuz ve bugüne kadar yaptıklarınız
partnership-plan = Planınız
partnership-plan-hint = Piyasalar, müşteriler, ülkeler
partnership-brand = Markanın adı
partnership-brand-hint = Adresin ilk bölümü: küçük harf, rakam ve kısa çizgi
partnership-back = Geri
partnership-next = İleri
partnership-begin = Başvuruya başla
partnership-begun = { $reference } numaralı başvurunuz başladı.
partnership-keep-link = Bu bağlantıyı saklayın. Bir kez gösterilir ve elinde olan herkes başvurunuzu görüp değiştirebilir.
partnership-copy = Bağlantıyı kopyala
partnership-copied = Kopyalandı
partnership-go-on = Devam et
partnership-application = Başvuru { $reference }
partnership-no-link = Başvurunuzu size verilen bağlantıyla açın.
partnership-way = Yayındaki bir markaya giden yol
partnership-next-step = Sırada: { $state } (sorumlu: { $of })
partnership-claim = Devam etmek için giriş yapıp bu başvuruyu üstlenin: { $stake } { $asset } tutarındaki teminat işlem hesabınızdan alınır.
partnership-checklist = Marka yayına girmeden önce
partnership-there = tamam
partnership-open = yapılacak
partnership-item-domain = Doğrulanmış, kendinize ait bir alan adı
partnership-item-logo = Logo
partnership-item-terms = Kullanıcılarınız için koşullar
partnership-item-fees = Komisyonlar
partnership-item-staff = Rolleri belirlenmiş bir ekip
partnership-item-support = Destek adresi
partnership-item-test-order = Test emri
partnership-item-test-hour = Test saati
partnership-save = Kaydet
partnership-saved = Kaydedildi.
partnership-submit = Teslim et
partnership-submitted = Teslim edildi. İşletmeci şimdi inceliyor.
partnership-withdraw = Geri çek
partnership-withdrawn = Başvuru geri çekildi.
partnership-so-far = Şimdiye kadar
partnership-state-draft = Taslak
partnership-state-submitted = Teslim edildi
partnership-state-screening = İnceleniyor
partnership-state-deposit-pending = Kabul edildi
partnership-state-deposit-locked = Teminat kilitli
partnership-state-contracted = Sözleşme imzalandı
partnership-state-sandbox = Deneniyor
partnership-state-verified = Doğrulandı
partnership-state-live = Yayında
partnership-state-suspended = Askıda
partnership-state-offboarding = Ayrılıyor
partnership-state-closed = Kapandı
partnership-state-refused = Reddedildi
partnership-state-withdrawn = Geri çekildi
partnership-state-expired = Süresi doldu
partnership-role-applicant = siz
partnership-role-partner = ortak
partnership-role-host = işletmeci
partnership-role-system = borsanın kendisi

problem-phase-closed = Şu anda başvuru alan bir dönem yok.
problem-phase-closed-do = Bir sonraki dönem için programa bakın.
problem-no-such-application = Bu bağlantıya ait bir başvuru yok.
problem-no-such-application-do = Bağlantının tam olup olmadığına bakın; başvuru üstlenildiyse görmek için giriş yapın.
problem-too-many-applications = Şu anda çok sayıda başvuru geliyor.
problem-too-many-applications-do = Bir saat sonra yeniden deneyin.

## Added later
partnership-sign-in = Devam etmek için giriş yapın
partnership-claim-it = Başvuruyu üstlen
partnership-claimed = Başvuru artık sizin
partnership-lock = { $stake } { $asset } tutarındaki teminatı kilitle
partnership-staked = Teminat kilitlendi; yeriniz ayrıldı
partnership-read = Sözleşmeyi oku
partnership-contract-about = Sürüm { $version }, { $days } günlük, { $notice } gün ihbar süreli. Özetiyle belirlenen tam bu metni kabul edersiniz.
partnership-sign = Sözleşmeyi kabul et
partnership-signed = Kabul edildi
partnership-leave = Ayrıl
partnership-leave-about = Yerinizi geri verirsiniz. Teminat, ihbar süresinin sonunda borçlar düşüldükten sonra geri verilir.
partnership-leave-yes = Ayrılma bildir
partnership-left = Ayrılma bildirildi
partnership-cancel = Vazgeç
