# What works now.
status-title = Состояние
status-whole-yes = Всё работает.
status-whole-partly = Что-то работает не так, как должно.
status-whole-no = Торги остановлены.
status-asked = По состоянию на
status-parts = Что работает
status-part-trading = Торговля
status-part-history = История и отчёты
status-part-sign-up = Регистрация
status-part-deposits = Пополнения
status-part-withdrawals = Выводы
status-part-simulated = Демо-торговля
status-works-yes = Работает
status-works-partly = Ограничено
status-works-no = Не работает
status-works-absent = Не предлагается
status-halted = Остановки
status-stopped = Сейчас ордера не принимаются. Отмены принимаются.
status-none-halted = { $count ->
    [one] Торгуется { $count } инструмент, остановок нет.
    [few] Торгуются все { $count } инструмента.
    [many] Торгуются все { $count } инструментов.
   *[other] Торгуются все { $count } инструмента.
}
status-state-live = Остановлено
status-state-halted = Торги остановлены
status-state-cancel-only = Только отмены
status-days = Доступность за последние 90 дней
status-days-how = Каждый столбец — сутки UTC. Серый — сутки, о которых ничего не известно.
status-since = Без перерывов с
status-unknown = неизвестно
status-news = Объявления
status-news-none = Объявлений нет.
status-read = Читать
