# What works now.
status-title = الحالة
status-whole-yes = كل شيء يعمل.
status-whole-partly = هناك ما لا يعمل كما ينبغي.
status-whole-no = التداول متوقف.
status-asked = حتى
status-parts = ما الذي يعمل
status-part-trading = التداول
status-part-history = السجل وكشوف الحساب
status-part-sign-up = إنشاء الحسابات
status-part-deposits = الإيداع
status-part-withdrawals = السحب
status-part-simulated = التداول التجريبي
status-works-yes = يعمل
status-works-partly = محدود
status-works-no = لا يعمل
status-works-absent = غير متاح
status-halted = حالات الإيقاف
status-stopped = لا تُقبل الأوامر حاليًا، أما الإلغاء فمقبول.
status-none-halted = { $count ->
    [zero] لا توجد أسواق.
    [one] السوق الوحيد متاح للتداول.
    [two] السوقان كلاهما متاحان للتداول.
    [few] جميع الأسواق ({ $count }) متاحة للتداول.
    [many] جميع الأسواق ({ $count }) متاحة للتداول.
   *[other] جميع الأسواق ({ $count }) متاحة للتداول.
}
status-state-live = متوقف
status-state-halted = موقوف
status-state-cancel-only = إلغاء فقط
status-days = وقت الخدمة خلال آخر 90 يومًا
status-days-how = كل عمود يوم واحد بتوقيت UTC. والرمادي يوم لا نعرف عنه شيئًا.
status-since = دون انقطاع منذ
status-unknown = غير معروف
status-news = الإعلانات
status-news-none = لا إعلانات.
status-read = اقرأ
