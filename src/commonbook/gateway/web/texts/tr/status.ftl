# What works now.
status-title = Durum
status-whole-yes = Her şey çalışıyor.
status-whole-partly = Bir şey gerektiği gibi çalışmıyor.
status-whole-no = İşlemler durdu.
status-asked = Bilgi zamanı
status-parts = Neler çalışıyor
status-part-trading = İşlem
status-part-history = Geçmiş ve ekstreler
status-part-sign-up = Kayıt
status-part-deposits = Yatırma
status-part-withdrawals = Çekim
status-part-simulated = Simülasyon
status-works-yes = Çalışıyor
status-works-partly = Kısıtlı
status-works-no = Çalışmıyor
status-works-absent = Sunulmuyor
status-halted = İşleme kapalı
status-stopped = Şu anda emir alınmıyor. İptaller alınıyor.
status-none-halted = { $count ->
    [one] Tek enstrüman işlem görüyor.
   *[other] { $count } enstrümanın tümü işlem görüyor.
}
status-state-live = Durduruldu
status-state-halted = İşleme kapalı
status-state-cancel-only = Yalnız iptal
status-days = Son 90 günde hizmet
status-days-how = Her çubuk bir UTC günüdür. Gri, hakkında bilgi olmayan gündür.
status-since = Kesintisiz, başlangıç:
status-unknown = bilinmiyor
status-news = Duyurular
status-news-none = Duyuru yok.
status-read = Oku
