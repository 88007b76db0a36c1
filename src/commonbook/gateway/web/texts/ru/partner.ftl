# The desk of a brand's team.
partner-pages = Кабинет партнёра
partner-page-overview = Обзор
partner-page-look = Оформление
partner-page-texts = Тексты и языки
partner-page-fees = Комиссии
partner-page-listings = Листинг
partner-page-announcements = Объявления
partner-page-clearing = Клиринг
partner-page-liquidity = Общая ликвидность
partner-page-team = Команда и пользователи
partner-not-yours = Ваша роль ({ $role }) не видит эту страницу. Другую роль может дать владелец.
partner-no-factor = Здесь можно всё посмотреть. Чтобы что-то менять, сначала подключите второй фактор в настройках.
partner-cancel = Отмена
partner-save = Сохранить
partner-when = Когда
partner-by = Кто
partner-state = Состояние
partner-actions = Действия
partner-asset = Актив
partner-market = Рынок
partner-amount = Сумма
partner-day = День
partner-what = Что

# The look.
partner-look-intro = Ваши изменения — черновик в этом браузере. Посмотрите его в светлом и тёмном оформлении, затем опубликуйте: пользователи увидят его при следующей загрузке страницы.
partner-look-name = Название и логотип
partner-look-colours = Цвета
partner-look-colours-hint = Один набор из восьми. Второе оформление строится из вашего акцента так, чтобы всё читалось.
partner-look-fonts = Шрифты
partner-look-fonts-hint = Из списка оператора: ничего не загружается со стороны.
partner-field-title = Название
partner-field-support = Адрес поддержки
partner-support-hint = Адрес почты, на который пишут ваши пользователи
partner-field-logo = Логотип
partner-field-languages = Языки
partner-field-domains = Домены
partner-field-sender = Отправитель писем
partner-field-countries = Страны
partner-field-switches = Переключатели
partner-field-limits = Лимиты
partner-field-text = Текст { $key } { $language }
partner-colour-background = Фон
partner-colour-surface = Блоки
partner-colour-text = Текст
partner-colour-muted = Второстепенный текст
partner-colour-accent = Акцент
partner-colour-on-accent = Текст на акценте
partner-colour-rise = Рост, покупка
partner-colour-fall = Падение, продажа
partner-colour-pick = Выбрать: { $name }
partner-font-heading = Заголовки
partner-font-body = Тексты
partner-font-figures = Цифры
partner-logo-of = Логотип { $title }
partner-logo-none = Нет логотипа
partner-logo-choose = Выбрать файл
partner-logo-sending = Отправка…
partner-logo-remove = Удалить
partner-logo-hint = SVG, который только рисует, или PNG; не больше 256 kB
partner-logo-large = Файл больше 256 kB.
partner-logo-large-do = Уменьшите его или возьмите SVG.
partner-contrast-good = Все тексты читаются. Слабее всего «{ $text }» на «{ $behind }»: контраст { $ratio }, минимум { $least }.
partner-contrast-bad = «{ $text }» плохо читается на «{ $behind }»: контраст { $ratio }, минимум { $least }.
partner-contrast-fix = Взять { $colour }
partner-contrast-fix-label = Взять { $colour } для: { $text }
partner-preview = Предпросмотр
partner-preview-of = Как будет выглядеть { $title }
partner-preview-tagline = Торгуйте на глубоком общем рынке.
partner-preview-muted = Второстепенный текст и
partner-preview-link = ссылка
partner-preview-button = Купить BTC
partner-side-own = Это ваши собственные цвета.
partner-side-made = Построено из вашего акцента и сдвинуто до читаемости.
partner-draft = Черновик
partner-draft-none = Изменений нет. Опубликована версия { $version }.
partner-draft-looking = Проверяем ваш черновик…
partner-draft-changes = { $count ->
    [one] Не опубликовано { $count } изменение.
    [few] Не опубликовано { $count } изменения.
    [many] Не опубликовано { $count } изменений.
   *[other] Не опубликовано { $count } изменения.
  }
partner-draft-faults = { $count ->
    [one] Публикации мешает { $count } ошибка.
    [few] Публикации мешают { $count } ошибки.
    [many] Публикации мешают { $count } ошибок.
   *[other] Публикации мешает { $count } ошибки.
  }
partner-undo = Отменить
partner-redo = Вернуть
partner-discard = Сбросить
partner-publish = Опубликовать…
partner-publish-title = Опубликовать этот черновик?
partner-publish-what = { $count ->
    [1] Пользователи сразу увидят это изменение:
    [one] Пользователи сразу увидят эти изменения:
    [few] Пользователи сразу увидят эти изменения:
    [many] Пользователи сразу увидят эти изменения:
   *[other] Пользователи сразу увидят эти изменения:
  }
partner-publish-more = { $count ->
    [one] и ещё { $count }.
    [few] и ещё { $count }.
    [many] и ещё { $count }.
   *[other] и ещё { $count }.
  }
partner-publish-now = Опубликовать
partner-published = Версия { $version } опубликована.
partner-published-more = Пользователи увидят её при следующей загрузке страницы.
partner-note = Заметка
partner-note-hint = Зачем, для вашей команды; больше её никто не видит
partner-versions = Версии
partner-versions-hint = Всё, что публиковалось. Возврат создаёт новую версию; ничего не теряется.
partner-versions-none = Пока ничего не менялось.
partner-version = Версия
partner-version-now = опубликована
partner-go-back = Вернуться к ней
partner-go-back-to = Вернуться к версии { $version }
partner-go-back-what = Новая версия повторит содержание этой. Черновик, если он есть, будет сброшен.

problem-stale-version = Тем временем публикацию сделал кто-то другой.
problem-stale-version-do = Загрузите страницу заново; ваш черновик сделан из более старой версии.
problem-invalid-brand = Этот черновик нельзя опубликовать.
problem-invalid-brand-do = Ошибки указаны рядом с полями.
problem-not-changed = Это уже опубликовано.
problem-not-changed-do = Делать ничего не нужно.
problem-host-decides = Изменить это может только оператор.
problem-host-decides-do = Напишите оператору.

# Fees.
partner-fees-intro = Ваши пользователи платят по уровню VIP. Каждая ставка действует с определённого времени; ордер платит ту ставку, которая действовала при его поступлении.
partner-fees-change = Изменить комиссии
partner-fees-change-hint = Для всех рынков { $brand }. Уровни, которые вы не трогаете, остаются прежними.
partner-fees-now = Действуют
partner-fees-floor = Минимум оператора: { $maker } % для мейкеров и { $taker } % для тейкеров; ставки ниже не бывает.
partner-fees-plans = Планы
partner-fees-plans-hint = Что начнётся, что идёт и что было.
partner-fees-plans-none = Планов пока нет.
partner-fees-history = История
partner-fees-history-hint = Каждая ставка с номером последовательности, с которого она действовала.
partner-fees-rates = Мейкер / тейкер
partner-fees-promotion = Акция «{ $name }»
partner-fees-schedule = Шкала
partner-fees-the-floor = Минимум площадки
partner-fees-for = Для кого
partner-account = Счёт { $account }
partner-level = Уровень
partner-maker = Мейкер
partner-taker = Тейкер
partner-from = С
partner-until = До
partner-since = С
partner-sequence = Номер
partner-plan-waiting = ожидает
partner-plan-beginning = начинается
partner-plan-running = идёт
partner-plan-done = действует или завершён
partner-plan-refused = отклонён
partner-plan-withdrawn = отозван
partner-fees-end = Завершить сейчас
partner-fees-withdraw = Отозвать
partner-fees-ended = Акция завершается.
partner-fees-withdrawn = План отозван.
partner-fees-planned = План создан.
partner-fees-planned-more = Он вступает в силу примерно через секунду после своего времени.
partner-fees-kind = Как долго
partner-fees-for-good = С определённого времени
partner-fees-for-a-while = На время: акция
partner-fees-promotion-name = Название акции
partner-fees-at-once = Пусто: сразу
partner-fees-add-level = Добавить уровень
partner-fees-no-rate = Проценты, например 0.08
partner-fees-below = Ниже минимума { $floor } %
partner-fees-send = Создать план
partner-difference = Что это значит
partner-difference-none = Ни одна ставка не отличается от действующей.
partner-difference-maker-lower = { $level }: мейкеры платят { $after } % вместо { $before } %. Сделка на 10 000 стоит { $cost_after } вместо { $cost_before }.
partner-difference-maker-higher = { $level }: мейкеры платят { $after } %, больше прежних { $before } %. Сделка на 10 000 стоит { $cost_after } вместо { $cost_before }.
partner-difference-maker-new = { $level } — новый: мейкеры платят { $after } %. Сделка на 10 000 стоит { $cost_after }.
partner-difference-maker-rebate = { $level }: мейкерам доплачивают: { $after } %, раньше было { $before } %. Со сделки на 10 000 они получают { $cost_after }.
partner-difference-taker-lower = { $level }: тейкеры платят { $after } % вместо { $before } %. Сделка на 10 000 стоит { $cost_after } вместо { $cost_before }.
partner-difference-taker-higher = { $level }: тейкеры платят { $after } %, больше прежних { $before } %. Сделка на 10 000 стоит { $cost_after } вместо { $cost_before }.
partner-difference-taker-new = { $level } — новый: тейкеры платят { $after } %. Сделка на 10 000 стоит { $cost_after }.
partner-difference-taker-rebate = { $level }: тейкерам доплачивают: { $after } %, раньше было { $before } %. Со сделки на 10 000 они получают { $cost_after }.
partner-difference-at-once = Действует сразу, для ордеров, поступивших после этого.
partner-difference-from = Действует с { DATETIME($time, dateStyle: "long", timeStyle: "short") } для ордеров, поступивших после этого.
partner-difference-until = { DATETIME($time, dateStyle: "long", timeStyle: "short") } возвращается шкала.

# Overview.
partner-overview-title = { $brand }: обзор
partner-days = Период
partner-days-last = { $count ->
    [one] Последний { $count } день
    [few] Последние { $count } дня
    [many] Последние { $count } дней
   *[other] Последние { $count } дня
  }
partner-brand-state = Этот бренд не работает: его состояние — { $state }.
partner-owed = Причитается вам в { $asset }
partner-next-release = Следующая выплата { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partner-no-release = Выплат не предстоит
partner-held = { $amount } удержано
partner-treasury = Казначейство: { $amount }
partner-holders-pool = Пул держателей токена: { $amount }
partner-waterfall = Куда идут ваши комиссии
partner-waterfall-hint = От уплаченного пользователями до вашей доли, за закрытые дни.
partner-waterfall-of = От комиссий к доходу в { $asset }, дневных отчётов: { $count }
partner-waterfall-none = Первый день ещё не закрыт. Его отчёт появится вскоре после полуночи UTC.
partner-waterfall-days = { $count ->
    [one] По { $count } дневному отчёту.
    [few] По { $count } дневным отчётам.
    [many] По { $count } дневным отчётам.
   *[other] По { $count } дневного отчёта.
  }
partner-to-statements = Посмотреть и проверить
partner-flow-fees = Уплаченные комиссии
partner-flow-subsidy = Доплата оператора
partner-flow-income = Прочие доходы
partner-flow-rebates = Ребейты мейкерам
partner-flow-affiliates = Аффилиаты
partner-flow-commissions = Брокеры
partner-flow-cost-share = Доля оператора
partner-flow-holders = Держатели токена
partner-flow-revenue = Ваш доход
partner-volume = Объём в трёх измерениях
partner-volume-hint = «Стороны» считают каждую вашу сторону. «Отнесённый» делит каждую сделку между её брендами и в сумме даёт целое. «Стакан» — всё, что наторговал рынок.
partner-volume-in = Объём в { $asset } по рынкам
partner-volume-side = Стороны
partner-volume-attributed = Отнесённый
partner-volume-book = Стакан
partner-volume-none = За это время ваши пользователи ничем не торговали.
partner-volume-fills = { $fills ->
    [one] Ваша { $fills } сторона исполнений,
    [few] Ваши { $fills } стороны исполнений,
    [many] Ваших { $fills } сторон исполнений,
   *[other] Ваших { $fills } стороны исполнений,
  } из них { $internal } между двумя вашими пользователями.
partner-volume-filtered = { $count ->
    [one] { $count } исключена как круговая сделка.
    [few] { $count } исключены как круговые сделки.
    [many] { $count } исключено как круговые сделки.
   *[other] { $count } исключено как круговые сделки.
  }
partner-volume-unfiltered = Круговых сделок не исключено.
partner-notices = Что произошло само
partner-notices-none = Пока ничего.

# Clearing.
partner-clearing-intro = Что вам причитается, день за днём. Каждый отчёт несёт своё доказательство, и ваш браузер его проверяет.
partner-statements = Отчёты
partner-statements-hint = Один на день и актив. Отчёт нельзя изменить; ошибки исправляются в один из следующих дней.
partner-statements-none = Ни один день ещё не закрыт.
partner-statement-of = Отчёт { $asset } за { $date }
partner-opening = На начало
partner-closing = На конец
partner-revenue = Доход
partner-released = Выплачено
partner-lines = Строки
partner-file = Файл
partner-download = Скачать
partner-download-one = Скачать отчёт { $asset } за { $date }
partner-older = Более ранние
partner-verify = Проверить
partner-verify-one = Проверить отчёт { $asset } за { $date }
partner-verify-file = Проверить файл…
partner-verifying = Каждая строка пересчитывается в вашем браузере…
partner-verify-good = Этот отчёт верен.
partner-verify-lines = { $count ->
    [one] { $count } строка пересчитана по исходным данным и условиям.
    [few] { $count } строки пересчитаны по исходным данным и условиям.
    [many] { $count } строк пересчитано по исходным данным и условиям.
   *[other] { $count } строки пересчитано по исходным данным и условиям.
  }
partner-verify-sums = Все суммы следуют из строк.
partner-verify-root = Все хеши ведут к этому корню:
partner-verify-root-same = Все хеши ведут к корню, который показан в кабинете:
partner-verify-wrong = Строка { $line } неверна.
partner-verify-wrong-do = Сохраните этот файл и напишите оператору: отчёта, не прошедшего проверку, быть не должно.
partner-verify-other = Сам файл верен, но его корень не тот, что показан в кабинете.
partner-verify-lost = Не удалось получить отчёт. Закройте это окно и повторите попытку.
partner-verify-insecure = Браузер вычисляет хеши только на адресах https. Скачайте файл и проверьте его командой verify-clearing.
partner-releases = Выплаты
partner-releases-hint = Что ушло из клиринга в ваше казначейство.
partner-releases-none = Выплат пока не было.
partner-income-until = Доход по
partner-payable = К выплате
partner-kept-back = Удержано
partner-set-off = Зачтено
partner-paid-out = Выплачено
partner-invoices = Счета к оплате
partner-invoices-hint = Один в месяц за услуги оператора.
partner-invoices-none = Счетов к оплате пока нет.
partner-invoice = Счёт
partner-month = Месяц
partner-services = Услуги
partner-credits = Кредиты
partner-due = К оплате
partner-paid = оплачен
partner-open = не оплачен
partner-terms = Условия
partner-terms-hint = На сегодня.
partner-host-share = Доля оператора: { $source }
partner-source-trading = торговые комиссии
partner-source-withdrawal = комиссии за вывод
partner-source-listing = плата за листинг
partner-source-other = прочие доходы
partner-holders-share = Доля держателей токена в вашем доходе
partner-release-rhythm = Выплаты
partner-period-daily = Каждый день,
partner-period-weekly = Каждую неделю, день { $day },
partner-period-monthly = Каждый месяц, день { $day },
partner-release-delay = { $count ->
    [0] сразу.
    [one] через { $count } день.
    [few] через { $count } дня.
    [many] через { $count } дней.
   *[other] через { $count } дня.
  }
partner-release-minimum = Наименьшая выплата в { $asset }
partner-notice-maker-granted = Маркетмейкер получил свои ставки
partner-notice-maker-day-failed = Маркетмейкер не выполнил обязательства за день
partner-notice-maker-rate-lost = Маркетмейкер потерял свои ставки
partner-notice-delisted = Рынок исключён из листинга
partner-notice-schedule-begun = Шкала комиссий вступила в силу
partner-notice-promotion-begun = Акция началась
partner-notice-promotion-not-ended = Акцию не удалось завершить
partner-notice-fees-refused = План комиссий отклонён
partner-notice-webhook-paused = Вебхук приостановлен

# Team and users.
partner-team-intro = Кто что может. Всё, что здесь делается, попадает в журнал.
partner-team = Команда
partner-person = Человек
partner-roles = Роли
partner-role = Роль
partner-you = (вы)
partner-user = Пользователь { $user }
partner-email = Электронная почта
partner-invite = Пригласить
partner-invite-hint = Человек входит по письму, задаёт пароль и второй фактор. Владельцем становится тот, кто уже в команде, а не приглашённый.
partner-invite-send = Отправить приглашение
partner-invited = Приглашение отправлено: { $email }.
partner-invited-more = Приглашение действует семь дней.
partner-give-role = Дать роль
partner-give-role-to = Дать роль: { $email }
partner-take-role = Снять роль { $role } с { $email }
partner-roles-changed = Роли изменены.
partner-owner-waits = Нового владельца должен одобрить ещё один человек из команды.
partner-role-owner = Владелец
partner-role-operations = Операции
partner-role-finance = Финансы
partner-role-support = Поддержка
partner-role-compliance = Комплаенс
partner-role-marketing = Маркетинг
partner-role-read-only = Только чтение
partner-role-owner-may = Всё, включая команду и договор
partner-role-operations-may = Оформление, листинг, объявления, пользователи, журнал и одобрение
partner-role-finance-may = Комиссии, отчёты, казначейство, журнал и одобрение
partner-role-support-may = Просмотр пользователей
partner-role-compliance-may = Просмотр, блокировка и удаление пользователей, журнал и одобрение
partner-role-marketing-may = Оформление, тексты и объявления
partner-role-read-only-may = Только просмотр
partner-approvals = Ждёт одобрения второго человека
partner-approvals-hint = Кто запросил, не может одобрить.
partner-asked-by = Запросил пользователь { $user }
partner-expires = действует до
partner-approve = Одобрить
partner-refuse = Отклонить
partner-take-back = Отозвать
partner-approved = Одобрено и выполнено.
partner-refused = Выполнено не будет.
partner-act-grant-owner = Сделать владельцем
partner-act-treasury-transfer = Выплатить из казначейства
partner-act-pay-invoice = Оплатить счёт
partner-act-affiliate = Согласовать долю аффилиата
partner-users = Пользователи
partner-users-hint = Сначала новые. Личные данные видны при просмотре пользователя, и это попадает в журнал.
partner-users-none = Пока никто не зарегистрировался.
partner-user-search = Полный адрес почты
partner-user-none = Пользователя с таким адресом нет.
partner-find = Найти
partner-see = Смотреть
partner-see-user = Смотреть пользователя { $user }
partner-account-name = Счёт
partner-language = Язык
partner-user-pending = не подтверждён
partner-user-active = активен
partner-user-locked = заблокирован
partner-user-closed = закрыт
partner-user-logged = Просмотр этого пользователя записан в журнал.
partner-user-name = Имя
partner-user-country = Страна
partner-user-phone = Телефон
partner-user-factors = Вторые факторы
partner-user-no-factors = нет
partner-reason = Причина
partner-why-request = Желание самого пользователя
partner-why-suspicion = Подозрение
partner-why-order = Предписание суда или органа власти
partner-why-terms = Нарушение условий
partner-lock = Заблокировать
partner-unlock = Разблокировать
partner-locked = Пользователь заблокирован: сеансы завершены, ключи отклоняются.
partner-unlocked = Пользователь снова может войти.
partner-log = Журнал
partner-log-hint = Что ваша команда и оператор делали с этим брендом, сначала новое.
partner-subject = Предмет

problem-own-user = Это вы сами.
problem-own-user-do = Это должен сделать кто-то другой из команды.
problem-not-by-invitation = Владельцем нельзя стать по приглашению.
problem-not-by-invitation-do = Пригласите с другой ролью; когда человек войдёт, дайте ему эту.

# Announcements.
partner-announcements = Объявления
partner-announcements-intro = Объявления, баннеры и страницы кампаний на всех языках вашего бренда. Черновик видит только ваша команда.
partner-announcements-none = Пока ничего не написано.
partner-write = Написать
partner-write-hint = Пишите на одном языке или на всех; кто читает на другом, увидит ближайший.
partner-form = Вид
partner-form-announcement = Объявление
partner-form-notice = Уведомление
partner-form-banner = Баннер
partner-form-campaign = Страница кампании
partner-form-announcement-hint = В списке объявлений
partner-form-notice-hint = Тоже в списке: что нужно знать всем
partner-form-banner-hint = Вверху каждой страницы
partner-form-campaign-hint = Отдельная страница, на которую ведут ссылки
partner-topic = Тема
partner-topic-latest-announcements = Последние объявления
partner-topic-new-listings = Новые листинги
partner-topic-delistings = Делистинги
partner-topic-trading-updates = Новости торгов
partner-topic-deposit-withdrawal-suspension-resumption = Пополнения и выводы
partner-topic-product-updates = Новости продуктов
partner-topic-web3 = Web3
partner-topic-api = API
partner-topic-events = События
partner-topic-others = Прочее
partner-address = Адрес
partner-slug = Имя в адресе
partner-slug-hint = Строчные латинские буквы, цифры и дефисы; если пусто, создаётся из заголовка
partner-title-in = Заголовок, { $language }
partner-body-in = Текст, { $language }
partner-markdown = Markdown: # заголовки, **жирный**, списки, [ссылки](https://…)
partner-preview-none = Сохраните черновик, чтобы увидеть здесь, как он будет выглядеть.
partner-keep-draft = Сохранить черновик
partner-draft-kept = Версия { $version } сохранена как черновик.
partner-edit = Править
partner-edit-one = Править { $slug }
partner-publish-one = Опубликовать { $slug }
partner-withdraw-one = Отозвать { $slug }
partner-publish-at = Показывать с
partner-announced = Опубликовано.
partner-announcement-withdrawn = Больше не показывается.
partner-announcement-draft = черновик
partner-announcement-published = опубликовано
partner-newer-draft = версия { $version } не опубликована
partner-announcement-title = Заголовок объявления
partner-announcement-body = Текст объявления

# Listings.
partner-listings-intro = Вы выбираете, чем торгуют у вашего бренда. Стаканы общие: у всего, что вы добавите, глубина всех.
partner-markets = Рынки
partner-is-listed = в листинге
partner-is-not-listed = не в листинге
partner-exclusive = только у другого бренда до
partner-list = Добавить
partner-list-one = Добавить { $market }
partner-listed = { $market } добавляется в листинг.
partner-in-a-second = Ордера начнут приниматься примерно через секунду.
partner-delist = Снять с листинга
partner-delist-one = Снять с листинга: { $market }
partner-delist-hint = Объявляется сразу. В момент последних ордеров открытые ордера ваших пользователей будут отменены.
partner-last-orders = Последние ордера
partner-withdrawals-until = Вывод до
partner-delist-text-title = Делистинг { $market }
partner-delist-text-body = Торги { $market } завершаются. Пожалуйста, вовремя отмените свои ордера и выведите средства.
partner-delist-send = Объявить и завершить
partner-delisting = Завершение торгов { $market } объявлено.
partner-delisting-more = До этого времени план можно отозвать.
partner-listing-plans = Запланировано
partner-listing-waiting = ожидает
partner-listing-done = готово
partner-listing-withdrawn = отозвано
partner-listing-refused = отклонено
partner-platform-token = Токен платформы
partner-platform-token-hint = Ваш собственный токен, представляющий платформу. Его добавляет оператор; доля держателей в вашем доходе, если она согласована, показана в разделе «Клиринг».
partner-platform-token-none = Токена платформы пока нет. Предложите токен и отметьте его как токен вашей платформы.
partner-proposals = Предложения
partner-proposals-hint = Что вы запросили у оператора.
partner-proposals-none = Вы пока ничего не предлагали.
partner-proposal-proposed = у оператора
partner-proposal-done = готово
partner-proposal-refused = отклонено
partner-asked = Запрошено
partner-propose = Предложить токен или рынок
partner-propose-hint = Оператор рассматривает и решает. Для пары нужны два существующих актива или ваш новый токен.
partner-propose-token = Новый собственный токен
partner-token-name = Краткое имя
partner-token-name-hint = От 2 до 16 букв и цифр
partner-token-scale = Знаков после запятой
partner-token-exclusive = Только у нас до
partner-token-exclusive-hint = Пусто: для всех с самого начала
partner-token-platform = Это токен нашей платформы
partner-pair = Рынок { $number }
partner-pair-base = Базовый актив
partner-pair-quote = Котируемая валюта
partner-pair-tick = Шаг цены
partner-pair-lot = Шаг количества
partner-pair-minimum = Наименьший ордер
partner-add-pair = Добавить рынок
partner-remove = Удалить
partner-propose-send = Отправить оператору
partner-proposed = Предложение у оператора.
partner-proposed-more = Здесь будет видно, что с ним стало.

# Texts and languages.
partner-texts-intro = Скажите всё своими словами на каждом из ваших языков. Изменения входят в тот же черновик, что и оформление.
partner-languages = Языки
partner-languages-hint = Первый — для тех, кто не запрашивает ни один из них.
partner-language-first = первый
partner-language-no-app = Текстов страниц на этом языке пока нет; объявления возможны.
partner-make-first = Сделать первым
partner-make-first-one = Сделать первым: { $language }
partner-remove-language = Удалить { $language } и ваши тексты на нём
partner-add-language = Другой язык
partner-add = Добавить
partner-texts = Тексты
partner-texts-hint = Значения в скобках, например { "{ $name }" }, подставляет страница: сохраните их.
partner-text-search = Поиск
partner-texts-own = Только свои
partner-texts-none = Подходящих текстов нет.
partner-texts-more = Показать ещё { $count }
partner-own-text = Ваш текст для { $key }
partner-edit-text = Править { $key }
partner-text-back = Вернуть наш
partner-text-back-one = Вернуть наш: { $key }
partner-done = Готово

# Shared liquidity.
partner-liquidity-intro = Закрытый день в общем стакане рядом с тем же днём, но только с ордерами ваших пользователей. Каждое число можно пересчитать по журналу.
partner-liquidity-none = Первый отчёт появится после первого полного дня.
partner-liquidity-no-trade = В этот день у ваших пользователей не было ордеров.
partner-liquidity-fills = { $sides ->
    [one] { $sides } сторона исполнений ваших пользователей,
    [few] { $sides } стороны исполнений ваших пользователей,
    [many] { $sides } сторон исполнений ваших пользователей,
   *[other] { $sides } стороны исполнений ваших пользователей,
  } из них { $others } с другим брендом: { $share } их оборота.
partner-depth = Глубина в пределах
partner-depth-within = Глубина в пределах { $bps } б. п., обе стороны
partner-depth-none = В этот день покупатели и продавцы ни разу не сходились ближе { $bps } б. п., поэтому рисовать нечего.
partner-depth-by-hour = Глубина { $market } по часам суток, UTC
partner-compared = { $market }: вместе и отдельно
partner-measure = Показатель
partner-hour = Час
partner-shared = Общий стакан
partner-alone = Только ваши ордера
partner-spread = Спред
partner-share-filled = Исполненная доля ордеров
partner-time-to-fill = Среднее время до исполнения
partner-bps = { $bps } б. п.
partner-seconds = { NUMBER($seconds, maximumFractionDigits: 1) } с

## Added later
partner-page-domains = Домены
partner-page-makers = Маркетмейкеры и аффилиаты
partner-page-webhooks = Вебхуки
partner-page-partnership = Партнёрство
partner-domains-intro = Где вас находят пользователи. Домен начинает работать, как только записью или файлом подтверждено, что он ваш.
partner-domains-none = Собственного домена пока нет.
partner-domain = Домен
partner-domain-waiting = Ждёт подтверждения
partner-domain-proved = Подтверждён
partner-domain-missing = Подтверждение пропало
partner-domain-how = Настройте что-то одно, затем запустите поиск. Поиск идёт и сам, раз в несколько минут.
partner-domain-record = Запись DNS
partner-domain-file = Или файл по этому адресу с тем же текстом
partner-domain-stops = Перестанет работать
partner-domain-prove = Искать сейчас
partner-domain-prove-one = Искать сейчас подтверждение { $domain }
partner-domain-remove = Удалить
partner-domain-remove-one = Удалить { $domain }
partner-domain-add = Добавить домен
partner-domain-add-hint = Например, exchange.example.com. Направьте его на адрес оператора раньше, чем им воспользуются пользователи.
partner-domain-added = Домен { $domain } добавлен
partner-domain-added-more = Теперь подтвердите его.
partner-domain-removed = Домен { $domain } удалён
partner-domain-note-add = домен { $domain } добавлен
partner-domain-note-remove = домен { $domain } удалён
partner-domain-is-proved = Домен { $domain } подтверждён
partner-domain-is-not-proved = Домен { $domain } ещё не подтверждён
partner-domain-draft = У вас есть черновик оформления. Сначала опубликуйте или сбросьте его, иначе он пропадёт.
partner-certificates = Сертификаты
partner-certificates-hint = Подтверждённый домен получает сертификат сам, если у оператора есть для него удостоверяющий центр. Можно загрузить и свой.
partner-certificates-none = Сертификатов пока нет.
partner-certificate-source = Откуда
partner-certificate-made = удостоверяющий центр оператора
partner-certificate-brought = ваша команда
partner-certificate-until = Действует до
partner-certificate-print = Отпечаток
partner-certificate-bring = Загрузить сертификат
partner-certificate-bring-for = Загрузить сертификат для { $domain }
partner-certificate-chain = Сертификаты (PEM)
partner-certificate-chain-hint = Сначала сертификат домена, за ним каждый издатель
partner-certificate-key = Закрытый ключ (PEM)
partner-certificate-key-hint = Без кодовой фразы. Ключ запечатывается у оператора и больше не показывается.
partner-certificate-taken = Вступит в силу в течение секунды
partner-certificate-drop = Забыть
partner-certificate-drop-of = Забыть сертификат { $domain }
partner-certificate-dropped = Сертификат { $domain } забыт вместе с ключом
partner-hooks-intro = Куда вашим программам сообщают о происходящем. Каждое событие подписано и отправляется снова, пока ваш сервер его не примет.
partner-hooks = Вебхуки
partner-hooks-none = Вебхуков пока нет.
partner-hook-add = Добавить вебхук
partner-hook-change = Изменить
partner-hook-url = Адрес
partner-hook-events = События
partner-hook-event-sign-up = Регистрации
partner-hook-event-level = Уровни
partner-hook-event-order = Ордера
partner-hook-event-trade = Сделки
partner-hook-event-release = Выплаты
partner-hook-event-test = Тест
partner-hook-event-webhook-paused = Приостановлен
partner-hook-live = Работает
partner-hook-paused = Приостановлен
partner-hook-removed = Удалён
partner-hook-waiting = Ожидает
partner-hook-delivered = Доставлено
partner-hook-dropped = Не доставлено
partner-hook-failures = { $count ->
    [one] { $count } ошибка
    [few] { $count } ошибки
    [many] { $count } ошибок
   *[other] { $count } ошибки
  }
partner-hook-deliveries = Доставки
partner-hook-deliveries-to = Доставки на { $url }
partner-hook-deliveries-none = Пока ничего не отправлено.
partner-hook-tries = Попытки
partner-hook-answer = Ответ
partner-hook-test = Отправить тест
partner-hook-tested = Тест отправлен
partner-hook-pause = Приостановить
partner-hook-paused-now = Приостановлен: события накапливаются
partner-hook-resume = Возобновить
partner-hook-resumed = Накопленное отправляется
partner-hook-remove = Удалить
partner-hook-resend = Отправить снова
partner-hook-resent = Отправлено ещё раз
partner-hook-secret = Новый секрет
partner-hook-secret-once = Показывается только сейчас. Сохраните его там, где его прочтёт ваш сервер; прежний действует ещё сутки.
partner-hook-copy = Скопировать
partner-hook-copied = Скопировано
partner-makers-intro = Особые ставки для тех, кто держит котировки в стакане, и доли комиссий для тех, кто приводит пользователей.
partner-makers = Маркетмейкеры
partner-makers-none = У вас пока нет маркетмейкеров.
partner-maker-propose = Предложить маркетмейкера
partner-maker-propose-hint = Решает оператор. Ставка ниже нуля выплачивается маркетмейкеру. Кто несколько дней не выполняет обязательства, теряет ставки.
partner-maker-account = Счёт
partner-maker-spread = Наибольший спред
partner-maker-bps = б. п.
partner-maker-presence = Присутствие
partner-maker-duty = Обязательство
partner-maker-duty-of = в пределах { $bps } б. п., { $share } времени
partner-maker-proposed = Ждёт оператора
partner-maker-active = Действуют
partner-maker-losing = Отзываются
partner-maker-lost = Потеряны
partner-maker-ended = Прекращены
partner-maker-refused = Отклонены
partner-maker-failed = { $count ->
    [one] не выполнено { $count } день
    [few] не выполнено { $count } дня
    [many] не выполнено { $count } дней
   *[other] не выполнено { $count } дня
  }
partner-maker-sent = Маркетмейкер предложен
partner-maker-sent-more = Решает оператор.
partner-maker-end = Отказаться
partner-maker-end-of = Отказаться от ставок счёта { $account }
partner-maker-over = Через секунду снова действуют ставки шкалы
partner-maker-hours = Присутствие по часам
partner-maker-hours-of = Присутствие по часам: счёт { $account }
partner-maker-hours-hint = По собственному обязательству, от времени, когда на рынке шли торги, за последние 48 часов (UTC).
partner-maker-hours-none = Ни одного часа пока нет.
partner-maker-present = Присутствует
partner-affiliates = Аффилиаты
partner-affiliates-hint = У кого есть доля комиссий одного счёта. Действует самая новая строка из уже начавшихся.
partner-affiliates-none = Ни один аффилиат не согласован.
partner-affiliate = Счёт аффилиата
partner-affiliate-hint = Кому выплачивается
partner-affiliate-of = Счёт
partner-affiliate-of-hint = С чьих комиссий
partner-affiliate-part = Доля комиссии
partner-affiliate-part-hint = 0 прекращает согласованное
partner-affiliate-ended = прекращено
partner-affiliate-ask = Запросить долю аффилиата
partner-affiliate-asked = Ждёт одобрения второго человека
partner-affiliate-asked-more = Одобряет другой человек из команды.
partner-treasury-pay = Казначейство
partner-treasury-hint = На счёт владельца этого бренда. Одобряет другой человек из команды.
partner-treasury-none = В казначейство пока ничего не поступало.
partner-treasury-asset = Актив
partner-treasury-amount = Сумма
partner-treasury-to = На счёт
partner-treasury-to-hint = Одного из владельцев
partner-treasury-has = Есть
partner-treasury-ask = Запросить выплату
partner-treasury-asked = Ждёт одобрения второго человека
partner-invoice-pay = Оплатить из казначейства
partner-invoice-pay-one = Оплатить из казначейства: { $name }
partner-invoice-asked = Ждёт одобрения второго человека
partner-ship-intro = Как обстоят дела с оператором, что дальше и за кем ход, и договор.
partner-ship-none = Это собственный бренд оператора: партнёрства здесь нет.
partner-ship-of = Партнёрство { $reference }
partner-ship-awaits = Далее: { $state }, исполнитель: { $who }.
partner-ship-notice = Срок уведомления истекает
partner-ship-stake = Залог
partner-ship-verify = Запросить проверку списка
partner-ship-verified = Бренд проверен
partner-ship-read = Договор
partner-ship-accept = Принять договор
partner-ship-accepted = Принято
partner-ship-contract-about = Версия { $version }, срок { $days } дн., уведомление за { $notice } дн. Вы принимаете именно этот текст, по его хешу.
partner-ship-leave = Выйти из партнёрства
partner-ship-leave-about = По истечении срока уведомления бренд останавливается, пользователи выводят средства, а залог возвращается за вычетом долгов.
partner-ship-leave-yes = Подать уведомление
partner-ship-left = Уведомление подано
partner-ship-checklist = До запуска
partner-ship-there = Готово
partner-ship-open = Предстоит
partner-ship-item-domain = Собственный подтверждённый домен
partner-ship-item-logo = Логотип
partner-ship-item-terms = Условия для ваших пользователей
partner-ship-item-fees = Комиссии
partner-ship-item-staff = Команда с ролями
partner-ship-item-support = Адрес поддержки
partner-ship-item-test-order = Тестовый ордер
partner-ship-item-test-hour = Тестовый час
partner-ship-contracts = Договоры
partner-ship-contract = Версия { $version }
partner-ship-yours = принят вами
partner-ship-yours-not = вами ещё не принят
partner-ship-hosts = принят оператором
partner-ship-hosts-not = оператором ещё не принят
partner-ship-until = до
partner-ship-so-far = Что сделано
partner-ship-state-draft = Черновик
partner-ship-state-submitted = Отправлена
partner-ship-state-screening = На рассмотрении
partner-ship-state-deposit-pending = Допущена
partner-ship-state-deposit-locked = Залог внесён
partner-ship-state-contracted = Договор подписан
partner-ship-state-sandbox = Тестирование
partner-ship-state-verified = Проверена
partner-ship-state-live = Работает
partner-ship-state-suspended = Приостановлена
partner-ship-state-offboarding = Выход
partner-ship-state-closed = Закрыта
partner-ship-state-refused = Отклонена
partner-ship-state-withdrawn = Отозвана
partner-ship-state-expired = Истекла
partner-ship-role-applicant = вы
partner-ship-role-partner = вы
partner-ship-role-host = оператор
partner-ship-role-system = сама биржа
