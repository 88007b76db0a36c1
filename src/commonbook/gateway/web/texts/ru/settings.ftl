# A user's own settings: security, keys, brokers, profile.
settings-pages = Разделы настроек
settings-security = Безопасность
settings-keys = Ключи API
settings-brokers = Брокеры и приложения
settings-profile = Профиль
settings-leave = Отмена
settings-copy = Копировать
settings-copied = Скопировано
settings-actions = Действия

settings-totp = Приложение-аутентификатор
settings-totp-on = Подключено. Его код запрашивается при входе.
settings-totp-off = Не подключено. Приложение на телефоне показывает новый код каждые 30 секунд.
settings-totp-set-up = Подключить приложение
settings-totp-remove = Отключить приложение
settings-totp-remove-ask = Без него учётную запись защищают только другие ваши факторы.
settings-totp-how = Отсканируйте QR-код приложением, откройте ссылку на телефоне или введите ключ в приложение. Затем введите код, который оно показывает.
settings-totp-qr = QR-код ключа для камеры приложения
settings-totp-link = Открыть в моём приложении
settings-totp-key = Ключ
settings-totp-code = Код из приложения
settings-totp-confirm = Включить
settings-totp-done = Приложение-аутентификатор включено

settings-passkeys = Ключи доступа
settings-passkeys-none = Ключей доступа пока нет. С ключом можно входить по отпечатку, лицу или аппаратному ключу.
settings-passkey-name = Название нового ключа доступа
settings-passkey-add = Добавить ключ доступа
settings-passkey-added = Ключ доступа добавлен
settings-passkey-stopped = Ключ доступа не создан
settings-passkey-stopped-why = Браузер был остановлен, или в нём уже есть ключ для этой учётной записи.
settings-passkey-remove = Удалить
settings-passkey-remove-of = Удалить ключ доступа { $name }
settings-passkey-remove-ask = Тот, у кого он есть, больше не сможет с ним войти.
settings-passkey-since = С { $time }
settings-passkey-unnamed = Ключ доступа

settings-codes = Коды восстановления
settings-codes-left = { $count ->
        [0] Кодов не осталось.
        [one] Остался { $count } код. Каждый действует один раз, если утрачены приложение и ключи доступа.
        [few] Осталось { $count } кода. Каждый действует один раз, если утрачены приложение и ключи доступа.
        [many] Осталось { $count } кодов. Каждый действует один раз, если утрачены приложение и ключи доступа.
       *[other] Осталось { $count } кода. Каждый действует один раз, если утрачены приложение и ключи доступа.
      }
settings-codes-need = Они выдаются с первым приложением или ключом доступа.
settings-codes-new = Создать новые коды
settings-codes-new-ask = Нынешние коды перестанут действовать.
settings-codes-title = Ваши коды восстановления
settings-codes-keep = Храните их там, куда нет доступа другим. Они показываются только сейчас.
settings-codes-kept = Я их сохранил(а)

settings-sessions = Где выполнен вход
settings-session-device = Устройство
settings-session-place = Сеть
settings-session-since = С
settings-session-seen = Последнее использование
settings-session-this = Этот сеанс
settings-session-end = Завершить
settings-session-end-of = Завершить сеанс на { $name }
settings-session-ended = Сеанс завершён
settings-sessions-end = Завершить все остальные
settings-sessions-ended = { $count ->
        [0] Других сеансов не было.
        [one] Завершён { $count } сеанс
        [few] Завершено { $count } сеанса
        [many] Завершено { $count } сеансов
       *[other] Завершено { $count } сеанса
      }
settings-session-unknown = Неизвестное устройство

settings-keys-why = С ключом программа действует за вас. Дайте ей не больше, чем нужно, и укажите адреса, с которых она работает.
settings-keys-none = У вас нет ключей.
settings-key-new = Новый ключ
settings-key-name = Название
settings-key = Ключ
settings-key-may = Разрешено
settings-key-addresses = Адреса
settings-key-anywhere = любые
settings-key-used = Последнее использование
settings-key-never = никогда
settings-key-lapses = Истечёт { $time }, если не использовать
settings-key-brokers = Код брокера
settings-key-held = Хранится у { $broker }
settings-key-delete = Удалить
settings-key-delete-of = Удалить ключ { $name }
settings-key-delete-ask = Программы, которые его используют, получат отказ в течение секунды. Отменить это нельзя.
settings-key-deleted = Ключ удалён
settings-key-passphrase = Кодовая фраза
settings-key-passphrase-hint = От 8 до 32 символов: цифра, строчная и заглавная буква и другой символ. Она нужна вместе с ключом.
settings-key-addresses-hint = Через запятую. Ключ, торгующий с любого адреса, истекает после двух недель без использования.
settings-key-broker = Код брокера-партнёра
settings-key-broker-hint = Только если брокер дал вам код: тогда он зарабатывает на ордерах этого ключа.
settings-key-make = Создать ключ
settings-key-made = Ваш новый ключ
settings-key-made-keep = Сохраните секрет сейчас: он показывается только один раз.
settings-key-secret = Секрет
settings-key-kept = Я его сохранил(а)
settings-permission-read-only = Чтение
settings-permission-trade = Торговля
settings-permission-withdraw = Вывод
settings-permission-manage = Управление

settings-consents = Брокеры, которым можно на вас зарабатывать
settings-consents-why = Брокер, чей код стоит на ваших ордерах, получает часть вашей комиссии. Без него ваша комиссия та же.
settings-consents-none = Никакой брокер не может на вас зарабатывать.
settings-consent-broker = Брокер
settings-consent-cap = Не более
settings-consent-program = сколько платит его программа
settings-consent-since = Согласие дано
settings-consent-state = Состояние
settings-consent-earns = зарабатывает
settings-consent-later = зарабатывает с { $time }
settings-consent-refused = отклонён
settings-consent-inactive = неактивен
settings-consent-keys = Ключи
settings-consent-change = Изменить
settings-consent-change-of = Изменить, сколько может зарабатывать { $broker }
settings-consent-cap-percent = Наибольшая часть комиссии, в процентах
settings-consent-cap-hint = Пусто: сколько платит его программа.
settings-consent-agree = Согласиться
settings-consent-agree-new = Согласиться с брокером
settings-consent-read = Прочитать его текст
settings-consent-agreed = Согласие с { $broker } дано
settings-consent-refuse = Отклонить
settings-consent-refuse-of = Отклонить { $broker }
settings-consent-allow = Снова разрешить
settings-consent-allow-of = Снова разрешить { $broker }
settings-consent-end = Отозвать
settings-consent-end-of = Отозвать согласие с { $broker }
settings-consent-end-ask = Ключи, которые у него есть, перестанут действовать, и он не заработает на том, что исполнится отныне.
settings-consent-ended = Согласие с { $broker } отозвано
settings-refuse-all = Отклонить всех брокеров
settings-refuse-all-on = Вы отклоняете всех брокеров: на ваших ордерах нет кода.
settings-refuse-all-end = Снова разрешить брокеров

settings-grants = Приложения с доступом
settings-grants-none = Ни у одного приложения нет доступа к вашему счёту.
settings-grant-name = Приложение
settings-grant-may = Разрешено
settings-grant-end = Закрыть доступ
settings-grant-end-of = Закрыть доступ: { $name }
settings-grant-end-ask = Доступ закроется в течение секунды, вместе с созданным ключом. Ордера остаются: они ваши.
settings-grant-ended = У { $name } больше нет доступа
settings-scope-fast-api = Создать один ключ API
settings-scope-read-only = Чтение
settings-scope-trade = Торговля

settings-email = Электронная почта
settings-name = Имя
settings-name-hint = Как к вам обращаются письма.
settings-word = Ваше слово
settings-word-hint = Оно стоит в каждом нашем письме, чтобы вы его узнали.
settings-phone = Телефон
settings-phone-hint = С кодом страны, например +49 30 123456.
settings-mail-language = Ваш язык
settings-mail-language-hint = Язык страниц, а также писем, если они на нём есть.
settings-display-currency = Валюта, в которой показана стоимость
settings-display-hint = Только для чтения, хранится в этом браузере; сами деньги не меняются.
settings-save = Сохранить
settings-saved = Сохранено

problem-no-such-factor = Это больше не подключено.
problem-no-such-factor-do = Загрузите страницу заново.
problem-no-such-session = Этот сеанс уже завершён.
problem-no-such-session-do = Загрузите страницу заново.
problem-no-such-broker = Брокера с таким кодом нет.
problem-no-such-broker-do = Спросите код у брокера.
problem-too-many-keys = У вас уже столько ключей, сколько разрешено.
problem-too-many-keys-do = Удалите тот, которым не пользуетесь.
settings-notices = Уведомления
settings-notices-what = О чём вам сообщать
settings-notices-about = Это показывается у колокольчика на каждой странице. Письма приходят как прежде.
settings-notices-always = Об этом сообщается всегда, чтобы никто не мог это скрыть от вас.
settings-notices-saved = Ваш выбор сохранён
settings-terms = Условия
settings-terms-open = Нужно принять
settings-terms-open-about = Прочитайте каждый текст и примите его. Ордера не принимаются, пока не приняты все тексты для трейдеров.
settings-terms-open-none = Принимать нечего.
settings-terms-later = Будущие
settings-terms-later-about = Они ещё не действуют. Кто примет их сейчас, того не спросят снова.
settings-terms-past = Что вы приняли
settings-terms-past-none = Вы пока ничего не приняли.
settings-terms-text = Текст
settings-terms-number = Версия
settings-terms-from = Действует с
settings-terms-when = Принято
settings-terms-kind-terms = Условия использования
settings-terms-kind-risk = Предупреждение о рисках
settings-terms-kind-privacy = Конфиденциальность
settings-terms-role-staff = для сотрудников
settings-terms-role-partner = для владельцев биржи
settings-terms-role-broker = для брокеров
settings-terms-accept = Принять
settings-terms-accept-of = Принять: { $name }
settings-terms-done = Принято: { $name }
settings-terms-orders = Ордера снова принимаются.
