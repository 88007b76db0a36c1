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
partnership-question-program = 1. Что такое открытое партнёрство?
partnership-answer-program = Способ иметь биржу, не создавая её. { $phase }; команд: { $quota }. Каждая открывает собственный бренд на готовой технике; от команды — домен, логотип и люди, которые ведут биржу изо дня в день.
partnership-answer-program-closed = Способ иметь биржу, не создавая её. Команда открывает собственный бренд на готовой технике; от неё — домен, логотип и люди, которые ведут биржу изо дня в день.
partnership-question-provides = 2. Что предоставляет { $host }?
partnership-answer-provides = Всю техническую часть:
partnership-provides-matching = сопоставление ордеров; рынков сегодня: { $instruments }
partnership-provides-counter = приём: счета, остатки, ввод ордеров, сетки комиссий и кабинеты вашей команды
partnership-provides-wallets = горячие и холодные кошельки и хранение всех активов
partnership-provides-clearing = клиринг каждого исполнения и книгу учёта, которую можно проверить
partnership-provides-support = поддержку клиентов на нескольких языках
partnership-provides-compliance = идентификацию клиентов и меры против отмывания денег
partnership-provides-maintenance = исследования, разработку и обслуживание
partnership-question-listing = 3. Можно ли листить и чужие токены?
partnership-answer-listing = Да. Вы сами решаете, чем торгуют у вашего бренда: своим токеном и любыми другими.
partnership-question-control = 4. Управляем ли мы своей биржей сами?
partnership-answer-control = Да. Управление, работа, маркетинг и листинг — ваши. { $host } предоставляет технику и её обслуживание.
partnership-question-custody = 5. Кто хранит активы и как доходит до нас доход?
partnership-answer-custody = Вводы, выводы, хранение и клиринг остаются за { $host }, чтобы ни один клиент не зависел в своих активах от партнёра. Ваш торговый доход рассчитывается там и выплачивается по графику.
partnership-question-liquidity = 6. Что такое общая ликвидность и зачем она?
partnership-answer-liquidity = Книга ордеров одна на всех, в ней встречаются ордера всех брендов (брендов сегодня: { $brands }). Новая биржа начинает не с пустой книги, широких спредов и долгого ожидания, а с глубины всех остальных.
partnership-question-volume = 7. Как считается наш объём при общей книге?
partnership-answer-volume = У каждого бренда свой счёт. В каждой сделке ваша — сторона вашего клиента; опубликованные числа в сумме дают наторгованное, ничто не считается дважды.
partnership-question-stake = 8. Приносит ли залог доход?
partnership-answer-stake = Нет. Залог в { $stake } { $asset } лежит на отдельном счёте, пока вы партнёр. Он не даёт бонусов, распределений и скидок и не учитывается в рангах и голосованиях. В конце он возвращается за вычетом долга.
partnership-answer-stake-closed = Нет. Залог лежит на отдельном счёте, пока вы партнёр. Он не даёт бонусов, распределений и скидок и не учитывается в рангах и голосованиях. В конце он возвращается за вычетом долга.
partnership-question-holders = 9. Что получают держатели { $asset }?
partnership-question-holders-closed = 9. Что получают держатели токена оператора?
partnership-answer-holders = Партнёры этого этапа выпускают свой токен. { $holders } % дохода партнёра идёт держателям его токена, а { $host_holders } % этого токена — держателям { $asset }, которые имеют свою часть, пока его держат.
partnership-answer-holders-none = В действующих условиях о токенах и долях ничего не согласовано.
partnership-question-apply = 10. Как присоединиться?
partnership-answer-apply = Свободно мест: { $left } из { $quota }. Залог: { $stake } { $asset } с команды, блокируется после допуска. Заполните форму ниже или отправьте то же на POST /program/v1/applications.
partnership-answer-apply-closed = Как только откроется этап — через форму на этой странице.
partnership-answer-apply-mail = Почтой: сообщите { $address } имя и телефон контактного лица и опишите команду.
