# The partnership program for everybody, and applications to it.
partnership-heading = Биржа под вашим именем
partnership-intro = { $host } делится стаканом и технологией с командами, которые ведут собственную биржу. Всё ниже взято из того, что действует прямо сейчас.
partnership-apply = Подать заявку
partnership-to-questions = Десять вопросов и ответов
partnership-questions = Вопросы и ответы
partnership-places = { $left ->
    [one] Осталось { $left } место
    [few] Осталось { $left } места
    [many] Осталось { $left } мест
   *[other] Осталось { $left } места
  }
partnership-taken = Занято { $taken } из { $quota }
partnership-stake = Залог каждой команды
partnership-stake-back = Возвращается в конце за вычетом долгов.
partnership-book = В общем стакане
partnership-brands = { $count ->
    [one] { $count } бренд
    [few] { $count } бренда
    [many] { $count } брендов
   *[other] { $count } бренда
  }
partnership-markets = { $count ->
    [one] на { $count } рынке
    [few] на { $count } рынках
    [many] на { $count } рынках
   *[other] на { $count } рынка
  }
partnership-until = Открыто до
partnership-date = { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partnership-token-needed = С собственным токеном
partnership-token-free = Собственный токен — по желанию.
partnership-closed = Сейчас заявки не принимаются. Ниже описано, как всё устроено; возвращайтесь к следующему этапу.
partnership-apply-hint = Знать всё заранее не нужно. Вы получите ссылку, по которой сможете продолжить, и отправите заявку, когда она будет готова.
partnership-steps = Шаги заявки
partnership-step-contact = Контакт
partnership-step-team = Команда и план
partnership-step-brand = Бренд
partnership-step-link = Ваша ссылка
partnership-contact = Контактное лицо
partnership-email = Электронная почта
partnership-phone = Телефон
partnership-team = Ваша команда
partnership-team-hint = Кто вы и что уже сделали
partnership-plan = Ваш план
partnership-plan-hint = Рынки, клиенты, страны
partnership-brand = Имя бренда
partnership-brand-hint = Первая часть его адреса: строчные латинские буквы, цифры и дефисы
partnership-back = Назад
partnership-next = Далее
partnership-begin = Начать заявку
partnership-begun = Заявка { $reference } начата.
partnership-keep-link = Сохраните эту ссылку. Она показывается один раз, и любой, у кого она есть, может видеть и менять вашу заявку.
partnership-copy = Скопировать ссылку
partnership-copied = Скопировано
partnership-go-on = Продолжить
partnership-application = Заявка { $reference }
partnership-no-link = Откройте заявку по полученной ссылке.
partnership-way = Путь к запуску бренда
partnership-next-step = Далее: { $state }, исполнитель: { $of }
partnership-claim = Чтобы продолжить, войдите и закрепите заявку за собой: залог { $stake } { $asset } вносится с вашего торгового счёта.
partnership-checklist = До запуска бренда
partnership-there = готово
partnership-open = предстоит
partnership-item-domain = Собственный подтверждённый домен
partnership-item-logo = Логотип
partnership-item-terms = Условия для ваших пользователей
partnership-item-fees = Комиссии
partnership-item-staff = Команда с ролями
partnership-item-support = Адрес поддержки
partnership-item-test-order = Тестовый ордер
partnership-item-test-hour = Тестовый час
partnership-save = Сохранить
partnership-saved = Сохранено.
partnership-submit = Отправить
partnership-submitted = Заявка отправлена, оператор её рассматривает.
partnership-withdraw = Отозвать
partnership-withdrawn = Заявка отозвана.
partnership-so-far = Что сделано
partnership-state-draft = Черновик
partnership-state-submitted = Отправлена
partnership-state-screening = На рассмотрении
partnership-state-deposit-pending = Допущена
partnership-state-deposit-locked = Залог внесён
partnership-state-contracted = Договор подписан
partnership-state-sandbox = Тестирование
partnership-state-verified = Проверена
partnership-state-live = Работает
partnership-state-suspended = Приостановлена
partnership-state-offboarding = Выход
partnership-state-closed = Закрыта
partnership-state-refused = Отклонена
partnership-state-withdrawn = Отозвана
partnership-state-expired = Истекла
partnership-role-applicant = вы
partnership-role-partner = партнёр
partnership-role-host = оператор
partnership-role-system = сама биржа

problem-phase-closed = Сейчас заявки не принимаются.
problem-phase-closed-do = Посмотрите в программе, когда следующий этап.
problem-no-such-application = По этой ссылке заявки нет.
problem-no-such-application-do = Проверьте, что ссылка полная; если заявка уже закреплена, войдите, чтобы её увидеть.
problem-too-many-applications = Сейчас поступает слишком много заявок.
problem-too-many-applications-do = Повторите попытку через час.

## Added later
partnership-sign-in = Войдите, чтобы продолжить
partnership-claim-it = Закрепить за мной
partnership-claimed = Заявка ваша
partnership-lock = Внести залог { $stake } { $asset }
partnership-staked = Залог внесён, место за вами
partnership-read = Читать договор
partnership-contract-about = Версия { $version }, срок { $days } дн., уведомление за { $notice } дн. Вы принимаете именно этот текст, по его хешу.
partnership-sign = Принять договор
partnership-signed = Принято
partnership-leave = Выйти
partnership-leave-about = Вы возвращаете место. Залог возвращается по истечении срока уведомления за вычетом долгов.
partnership-leave-yes = Подать уведомление
partnership-left = Уведомление подано
partnership-cancel = Отмена
