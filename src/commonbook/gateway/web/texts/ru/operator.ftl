# The operator's desk.
op-navigation = Страницы оператора
op-nav-health = Работоспособность
op-nav-controls = Остановки
op-nav-instruments = Инструменты
op-nav-approvals = Одобрения
op-nav-log = Журнал аудита
op-nav-reconciliation = Сверка
op-nav-settlements = Расчёты
op-nav-cases = Заявки
op-nav-proofs = Доказательства
op-nav-reports = Отчёты браузеров
op-waiting = { $count ->
    [one] Ожидает { $count } действие
    [few] Ожидают { $count } действия
    [many] Ожидают { $count } действий
   *[other] Ожидает { $count } действия
}

op-health-lead = Что сама биржа знает о своём состоянии. Обновляется каждые две секунды.
op-orders-now = Ордеров в секунду
op-waiting-core = Ожидают в ядре
op-history-behind = Отставание истории
op-connections = Открытые потоки
op-connections-http = { $count ->
    [one] и { $count } по HTTP
    [few] и { $count } по HTTP
    [many] и { $count } по HTTP
   *[other] и { $count } по HTTP
}
op-up = Работает
op-sequence = Последовательность
op-rate = Ордера
op-rate-per-second = В секунду, за последние две минуты
op-commands = команды
op-orders = новые ордера
op-durable = Задержка записи
op-durable-how = От приёма до записи на диск
op-p50 = медиана
op-p99 = 99 %
op-history = История
op-history-how = Ещё не записанные команды
op-behind = отставание
op-disk = Диск и журнал
op-disk-good = Места достаточно
op-disk-tight = Места мало
op-disk-holds = Только отмены: мало места
op-disk-used = Занято на диске
op-disk-free = Свободно
op-journal = Журнал
op-segments = { $count ->
    [one] { $count } сегмент
    [few] { $count } сегмента
    [many] { $count } сегментов
   *[other] { $count } сегмента
}
op-newest-segment = Новейший сегмент
op-snapshots = Снимки
op-files = { $count ->
    [one] { $count } файл
    [few] { $count } файла
    [many] { $count } файлов
   *[other] { $count } файла
}
op-gateways = Шлюзы
op-gateway = Шлюз
op-process = Процесс
op-websocket = Потоки
op-http = HTTP
op-behind-core = Отставание от ядра
op-takes = Принимает ордера
op-no-gateway = За последние десять секунд ни один шлюз не отозвался.

op-controls-lead = Один запрашивает, другой подтверждает. Отправленное идёт впереди всех ожидающих ордеров.
op-venue = Вся площадка
op-the-venue = площадка
op-venue-live = Ордера и отмены принимаются.
op-venue-cancel-only = Отмены принимаются, ордера — нет.
op-venue-halted = Ни ордера, ни отмены не принимаются.
op-by-the-disk = На диске слишком мало места: пока его не станет больше, принимаются только отмены.
op-status = Состояние
op-status-live = Работает
op-status-cancel-only = Только отмены
op-status-halted = Остановлено
op-short-live = Возобновить
op-short-cancel-only = Только отмены
op-short-halted = Остановить
op-do-live = Возобновить: { $what }
op-do-cancel-only = Только отмены: { $what }
op-do-halted = Остановить: { $what }
op-means-live = Ордера снова принимаются. Всё, что стоит в стакане, сохранило своё место.
op-means-cancel-only = Новые ордера и изменения отклоняются, отмены принимаются. Стоящие ордера не отменяются.
op-means-halted = Ни ордера, ни отмены не принимаются. Стоящие ордера остаются в стакане.
op-second-person = Ничего не произойдёт, пока не подтвердит второй человек. Вы оба попадаете в журнал аудита.
op-ask-for-it = Запросить
op-leave = Отмена
op-switches = Включённые аварийные выключатели
op-switch = Выключатель
op-switch-on = Вкл.
op-switch-off = Выкл.
op-switches-none = Ни один выключатель не включён: никто не остановлен.
op-stopped = Кто или что остановлено
op-release = Снова разрешить торговлю
op-kill-new = Остановить кого-то или что-то
op-means-kill = Новые ордера и изменения отклоняются, все стоящие ордера отменяются. Отмены принимаются как всегда.
op-means-release = Ордера снова принимаются. Отменённое остаётся отменённым, другие выключатели остаются включёнными.
op-do-kill = Остановить: { $what }
op-do-release = Снова разрешить торговлю: { $what }
op-ask-kill = Запросить остановку
op-scope = Что
op-scope-key = Ключ API
op-scope-user = Пользователь
op-scope-account = Счёт
op-scope-broker = Брокер
op-scope-brand = Бренд
op-scope-instrument = Инструмент
op-scope-venue = Вся площадка
op-which = Какой
op-which-key = Сам ключ API, каким его видит пользователь
op-which-user = Номер пользователя: останавливаются все счета этого человека
op-which-account = Номер счёта
op-which-broker = Код брокера
op-which-brand = Имя бренда
op-which-instrument = Например, BTC-USDT
op-target-key = ключ API { $target }
op-target-credential = ключ API { $target }
op-target-user = пользователь { $target }
op-target-person = человек { $target }
op-target-account = счёт { $target }
op-target-broker = брокер { $target }
op-target-brand = бренд { $target }
op-target-instrument = { $target }
op-target-venue = вся площадка
op-action = Что сделать

op-instruments-lead = Состояние, ценовой коридор и лимиты каждого инструмента; каждое изменение подтверждает второй человек.
op-search = Поиск
op-instrument = Инструмент
op-reference = Ориентир
op-prices = Допустимые цены
op-largest = Наибольший ордер
op-absent = Не в листинге у
op-with-the-venue = вместе с площадкой
op-none = нет
op-any-price = любая
op-instruments-none = Инструмента с таким названием нет.
op-limits = Лимиты
op-limits-how = Что остаётся, не трогайте; что убрать, очистите.
op-do-limits = Задать лимиты: { $what }
op-means-limits = Действуют со следующего ордера.
op-limit-band = Коридор от ориентира
op-limit-band-max = Коридор с надбавкой, не более
op-limit-reference = Ориентировочная цена
op-limit-premium = Надбавка
op-limit-largest-size = Наибольшее количество
op-limit-largest-notional = Наибольшая сумма
op-limit-deviation = От лучшей встречной цены
op-limit-duplicate-ms = Повтор того же ордера отклоняется в течение

op-approvals-lead = Что один человек запросил, а другой должен подтвердить. Прочитайте, что изменится: именно это и ничего больше.
op-approvals-none = Ничего не ждёт вашего решения.
op-change = Что изменится
op-now = Сейчас
op-then = Потом
op-own = Ваш собственный запрос
op-user = пользователь { $user }
op-asked-by = Запросил: { $who }
op-open-for = открыто ещё { $span }
op-approve = Одобрить
op-refuse = Отклонить
op-take-back = Отозвать
op-asked = Ждёт второго человека.
op-asked-do = Запрос находится в разделе «Одобрения», там его можно отозвать.
op-decided-done = Одобрено и выполнено.
op-decided-approved = Одобрено.
op-decided-refused = Отклонено.
op-decided-withdrawn = Отозвано.
op-failed = Одобрено, но выполнить не удалось.
op-kind-grant-owner = Сделать владельцем
op-kind-listing = Добавить в листинг по запросу бренда
op-kind-split = Дробление токена
op-kind-broker = Изменить права брокера
op-kind-other = { $kind }

op-log-lead = Что и кем было сделано, в порядке выполнения. Каждая строка несёт хеш предыдущей.
op-chain = Цел ли журнал?
op-verify = Проверить цепочку
op-verify-how = Каждое действие хешируется заново с самого первого и сверяется со всеми подписанными контрольными точками.
op-walking = Проверяем цепочку
op-whole = Цел
op-broken = Не соответствует
op-walked = { $acts ->
    [one] { $acts } действие соответствует своему хешу.
    [few] { $acts } действия следуют друг за другом по хешам.
    [many] { $acts } действий следуют друг за другом по хешам.
   *[other] { $acts } действия следуют друг за другом по хешам.
}
op-signed = { $count ->
    [one] Совпадает { $count } подписанная контрольная точка, до действия { $acts }.
    [few] Совпадают { $count } подписанные контрольные точки, последняя до действия { $acts }.
    [many] Совпадают { $count } подписанных контрольных точек, последняя до действия { $acts }.
   *[other] Совпадает { $count } подписанной контрольной точки, последняя до действия { $acts }.
}
op-unsigned = Контрольных точек здесь пока нет: первая будет подписана в течение десяти минут.
op-head = Последний хеш
op-search-log = Поиск по журналу
op-search-log-hint = Слова о том, кто, что и с чем: в строке должны быть все
op-acts = Действия
op-acts-none = Действий с такими словами нет.
op-number = Номер
op-when = Когда
op-who = Кто
op-act = Что
op-about = С чем
op-values = Значения
op-more = Более ранние

op-reconciliation-lead = Бухгалтерская книга против движка — постоянно; журнал против всего — раз в день.
op-alarms = Тревоги
op-alarms-none = Тревог нет: книга и движок сходятся.
op-ledger-account = Счёт книги
op-in-ledger = В книге
op-in-engine = В движке
op-clear = Запросить снятие
op-cleared = Снято одобрением { $approval }
op-days = Дни
op-days-none = Ни один день ещё не сверен.
op-day = День
op-state = Состояние
op-problems = Расхождения
op-owed-to-customers = Средства клиентов
op-journal-hash = Журнал
op-brand-number = Бренд { $brand }
op-day-before = До первого дня клиринга
op-day-broken = Нарушен
op-day-clean = Чист
op-day-closed = Закрыт

op-settlements-lead = Что выплачивается брокерам по часам и что перечисляется брендам.
op-brokers-hours = Часы брокеров
op-brands-releases = Выплаты брендам
op-hour = Час (UTC)
op-broker = Брокер
op-paid = Выплачено
op-carried = Перенесено
op-lines = Строки
op-root = Корень
op-hours-none = Ни один час ещё не рассчитан.
op-client-of = Клиент, счёт { $account }
op-settled-computed = Рассчитано
op-settled-paid = Выплачено
op-settled-published = Опубликовано
op-settled-carried = Перенесено
op-owed = Что причитается брендам
op-owed-none = Брендам ничего не причитается.
op-brand = Бренд
op-owed-now = Причитается
op-held = Удержано
op-token-holders = Держатели токена
op-treasury = Казначейство
op-next-release = Следующая выплата
op-releases = Выплаты
op-releases-none = Выплат пока не было.
op-payable = К выплате
op-released = Выплачено

op-cases-lead = Кто ждёт оператора: брокеры и партнёры с заявками и бренды, которым нужен листинг.
op-cases-brokers = Брокеры ({ $count })
op-cases-partners = Партнёры ({ $count })
op-cases-listings = Листинг ({ $count })
op-cases-none = Заявок пока нет.
op-listings = Листинг
op-listings-none = Ни один бренд не просит листинга.
op-listing-of = Бренд { $brand } просит
op-broker-applications = Заявки брокеров
op-partner-applications = Заявки партнёров
op-reference-number = Номер
op-since = С
op-look = Рассмотреть
op-grant = Запросить одобрение
op-case = Заявка
op-missing = Ещё не указано: { $list }
op-move-to = Перевести в
op-reason = Причина
op-reason-hint = Одно слово строчными латинскими буквами, например incomplete; заявитель его видит
op-move = Перевести
op-moved = Переведено.
op-case-draft = Черновик
op-case-submitted = Отправлена
op-case-integration = Интеграция
op-case-screening = На рассмотрении
op-case-deposit-pending = Ждёт залога
op-case-deposit-locked = Залог внесён
op-case-contracted = Договор принят
op-case-sandbox = Песочница
op-case-review = Рассмотрение
op-case-verified = Проверена
op-case-contract = Договор
op-case-live = Работает
op-case-lapsed = Утратила силу
op-case-suspended = Приостановлена
op-case-offboarding = Выход
op-case-closed = Закрыта
op-case-refused = Отклонена
op-case-withdrawn = Отозвана
op-case-proposed = Ждёт оператора
op-case-granting = Выполняется
op-case-done = Готово

op-proofs-lead = Что каждый может проверить по тому, что сохранил. Пересчитывается в этом браузере, а не принимается на веру.
op-checkpoints = Контрольные точки журнала аудита
op-newest-checkpoint = Новейшая контрольная точка
op-kept-checkpoints = Контрольных точек здесь
op-signed-acts = Подписано до действия
op-key = Открытый ключ
op-signed-hours = Подписанные часы брокеров
op-statements = Отчёты
op-link = Звено
op-verdict = Пересчитано
op-verdict-good = Верно
op-verdict-root = Корень другой
op-verdict-link = Звено другое
op-verdict-previous = Следует за другим часом
op-recompute = Пересчитать
op-recomputing = Пересчитываем корни и звенья
op-recompute-how = На любой машине, имея только файлы и ключ:

op-reports-lead = Что браузеры не дали выполнить на наших страницах. Это может быть внедрённый скрипт или расширение самого читателя.
op-reports = Отчёты
op-reports-none = Браузеры ни о чём не сообщали.
op-address = Адрес
op-blocked = Что заблокировано
op-rule = Правило
op-page = Страница

problem-already-so = Так уже и есть.
problem-already-so-do = Загрузите страницу заново, чтобы увидеть, что действует.
problem-own-request = Это ваш собственный запрос.
problem-own-request-do = Подтвердить должен другой человек с этой ролью.
problem-not-open = Решение тем временем принято.
problem-not-open-do = Посмотрите в журнале аудита, кем.
problem-expired = Запрос ждал слишком долго.
problem-expired-do = Запросите заново.
problem-no-such-key = Такого ключа API нет.
problem-no-such-key-do = Укажите сам ключ, каким его видит пользователь.
problem-no-such-user = Такого пользователя нет.
problem-no-such-user-do = Укажите номер, который у пользователя в кабинете.
problem-no-such-account = Такого счёта нет.
problem-no-such-account-do = Укажите номер счёта.
problem-no-trading-account = У этого пользователя нет торгового счёта.
problem-no-trading-account-do = Останавливать нечего.

## Added later
op-nav-team = Команда
op-team-lead = Люди самого оператора и что может каждый. Обладатель роли ничего не меняет без второго фактора.
op-team-person = Человек
op-team-roles = Роли
op-team-none = Ни у кого нет роли.
op-team-take = Снять роль { $role }: { $email }
op-team-invite = Пригласить
op-team-invite-hint = Приглашение приходит письмом. Владельцем становится только тот, кто уже здесь.
op-team-invited = Приглашение отправлено: { $email }
op-team-changed = Роли изменены
op-team-email = Электронная почта
op-team-role = Роль
op-team-give = Дать роль
op-role-owner = Владелец
op-role-operations = Операции
op-role-finance = Финансы
op-role-support = Поддержка
op-role-compliance = Комплаенс
op-role-marketing = Маркетинг
op-role-read-only = Только чтение
op-cases-makers = Маркетмейкеры
op-cases-contracts = Договоры и этапы
op-papers = Документы
op-papers-none = Документов нет.
op-papers-not-yours = Ваша роль не видит документы.
op-checks = Что показали проверки
op-check = Проверка
op-check-result = Результат
op-check-kyb = Компания
op-check-sanctions = Санкционные списки
op-check-security = Ответы по безопасности
op-check-passed = Пройдена
op-check-failed = Не пройдена
op-check-source = Чьё заключение
op-check-source-hint = Поставщик и номер проверки у него
op-check-note = Записать
op-check-noted = Записано
op-comment = Написать
op-comment-internal = Только для людей оператора
op-comment-internal-short = внутреннее
op-comment-write = Отправить
op-comment-ours = Оператор
op-comment-theirs = Заявитель
op-awaits = Далее: { $state }
op-contract-sign = Запросить принятие договора за оператора
op-contract-stands = Договор, версия { $version }: { $theirs ->
    [yes] другой стороной принят
   *[no] другой стороной ещё не принят
  }, { $ours ->
    [yes] оператором принят.
   *[no] оператором ещё не принят.
  }
op-contract-of-broker = Договор с брокерами
op-contract-of-partner = Договор с партнёрами
op-contract-version = Версия { $version }, срок { $days } дн.
op-contract-none = Договоров пока не опубликовано.
op-contract-text = Текст следующей версии
op-contract-term = Срок
op-contract-renewal = Окно продления до окончания
op-contract-notice = Срок уведомления
op-contract-publish = Запросить публикацию
op-makers = Маркетмейкеры
op-makers-none = Ни один бренд не предложил маркетмейкера.
op-maker-account = Счёт
op-maker-rates = Мейкер / тейкер
op-maker-duty = Обязательство
op-maker-duty-of = в пределах { $bps } б. п., { $share } времени
op-maker-proposed = Ждёт оператора
op-maker-active = Действуют
op-maker-losing = Отзываются
op-maker-lost = Потеряны
op-maker-ended = Прекращены
op-maker-refused = Отклонены
op-maker-failed = { $count ->
    [one] не выполнено { $count } день
    [few] не выполнено { $count } дня
    [many] не выполнено { $count } дней
   *[other] не выполнено { $count } дня
  }
op-maker-refuse = Отклонить ставки счёта { $account }
op-maker-refuse-done = Отклонены
op-maker-grant = Запросить предоставление ставок счёту { $account }
op-maker-end = Отозвать ставки счёта { $account }
op-maker-take = Отозвать
op-maker-end-done = Ставки отозваны
op-maker-subsidised = Превышение ребейта над комиссией платит оператор
op-kind-broker-text = Опубликовать договор с брокерами
op-kind-broker-refuse = Отклонить брокера
op-kind-broker-approve = Одобрить брокера
op-kind-broker-live = Запустить брокера
op-kind-broker-resume = Снова разрешить брокеру зарабатывать
op-kind-broker-close = Закрыть брокера
op-kind-broker-contract = Принять договор с брокером
op-kind-broker-places = Зарегистрировать другие адреса брокера
op-kind-partnership-text = Опубликовать договор с партнёрами
op-kind-partnership-phase = Открыть или изменить этап программы
op-kind-partnership-refuse = Отклонить партнёра
op-kind-partnership-sandbox = Открыть бренд партнёра
op-kind-partnership-live = Запустить бренд партнёра
op-kind-partnership-resume = Снова разрешить торговлю бренду партнёра
op-kind-partnership-leave = Прекратить партнёрство
op-kind-partnership-contract = Принять договор с партнёром
op-kind-partnership-settle = Рассчитать залог партнёра
op-kind-maker-rates = Предоставить ставки маркетмейкеру
op-kind-level-table = Изменить таблицу уровней
op-phases = Этапы партнёрской программы
op-phases-none = Ни один этап ещё не открыт.
op-phase = Этап
op-phase-number = Номер
op-phase-number-hint = Если этап уже есть: его новые условия с этого момента
op-phase-name = Название
op-phase-opens = Открытие
op-phase-closes = Закрытие
op-phase-places = Места
op-phase-asset = Актив залога
op-phase-stake = Залог
op-phase-holders = Доход держателям токена
op-phase-host-holders = Токены держателям токена оператора
op-phase-token = Нужен токен партнёра
op-phase-is-open = Открыт
op-phase-is-closed = Не открыт
op-phase-open = Запросить открытие
op-kind-adjustment = Исправить закрытый отчёт
op-kind-broker-conditions = Изменить условия программы брокеров
op-kind-broker-rates = Изменить ставки программы брокеров
op-kind-broker-tier = Установить ранг брокера
op-kind-broker-tier-rules = Изменить правила рангов
op-kind-bust-trade = Аннулировать сделку
op-kind-clear-alarm = Снять тревогу
op-kind-correct-commission = Исправить вознаграждение брокера
op-kind-cost-share = Изменить долю бренда в расходах
op-kind-export-brand = Выгрузить данные бренда
op-kind-hold-release = Удержать выплату
op-kind-income = Учесть доход бренда
op-kind-lift-hold = Отпустить удержанную выплату
op-kind-oauth-client = Зарегистрировать приложение брокера
op-kind-oauth-client-change = Изменить приложение брокера
op-kind-pay-invoice = Признать счёт оплаченным
op-kind-release-schedule = Изменить сроки выплаты дохода бренда
op-kind-rename-token = Переименовать токен
op-kind-sub-broker-limit = Изменить допустимое число субброкеров у брокера
op-kind-token-holders = Изменить, что получают держатели токена бренда
op-kind-treasury-transfer = Перевести средства казначейства
op-field-account = Счёт
op-field-amount = Сумма
op-field-asset = Актив
op-field-brand = Бренд
op-field-broker = Брокер
op-field-client = Клиент
op-field-code = Код
op-field-day = День
op-field-fill = Исполнение
op-field-hour = Час
op-field-instrument = Рынок
op-field-key = Ключ
op-field-reason = Причина
op-field-reference = Номер
op-field-user = Пользователь
