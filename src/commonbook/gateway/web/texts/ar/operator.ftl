# The operator's desk.
op-navigation = صفحات المشغّل
op-nav-health = السلامة
op-nav-controls = عمليات الإيقاف
op-nav-instruments = الأسواق
op-nav-approvals = الموافقات
op-nav-log = سجل التدقيق
op-nav-reconciliation = المطابقة
op-nav-settlements = التسويات
op-nav-cases = الطلبات
op-nav-proofs = الإثباتات
op-nav-reports = بلاغات المتصفحات
op-waiting = { $count ->
    [zero] لا إجراءات بالانتظار
    [one] إجراء واحد بالانتظار
    [two] إجراءان بالانتظار
    [few] { $count } إجراءات بالانتظار
    [many] { $count } إجراءً بالانتظار
   *[other] { $count } إجراء بالانتظار
}

op-health-lead = ما تعرفه المنصة عن حالها. يُحدَّث كل ثانيتين.
op-orders-now = أوامر في الثانية
op-waiting-core = بالانتظار في النواة
op-history-behind = تأخر السجل
op-connections = اتصالات البث المفتوحة
op-connections-http = { $count ->
    [zero] ولا اتصال عبر HTTP
    [one] وواحد عبر HTTP
    [two] واثنان عبر HTTP
    [few] و{ $count } عبر HTTP
    [many] و{ $count } عبر HTTP
   *[other] و{ $count } عبر HTTP
}
op-up = مدة التشغيل
op-sequence = التسلسل
op-rate = الأوامر
op-rate-per-second = في الثانية، خلال آخر دقيقتين
op-commands = عمليات
op-orders = أوامر جديدة
op-durable = زمن التثبيت
op-durable-how = من الاستلام حتى الكتابة على القرص
op-p50 = الوسيط
op-p99 = 99 %
op-history = السجل
op-history-how = عمليات لم تُدوَّن بعد
op-behind = متأخر
op-disk = القرص وسجل القيود
op-disk-good = مساحة كافية
op-disk-tight = مساحة قليلة
op-disk-holds = إلغاء فقط، لضيق المساحة
op-disk-used = المستخدم من القرص
op-disk-free = المتاح
op-journal = سجل القيود
op-segments = { $count ->
    [zero] لا مقاطع
    [one] مقطع واحد
    [two] مقطعان
    [few] { $count } مقاطع
    [many] { $count } مقطعًا
   *[other] { $count } مقطع
}
op-newest-segment = أحدث مقطع
op-snapshots = اللقطات
op-files = { $count ->
    [zero] لا ملفات
    [one] ملف واحد
    [two] ملفان
    [few] { $count } ملفات
    [many] { $count } ملفًا
   *[other] { $count } ملف
}
op-gateways = البوابات
op-gateway = البوابة
op-process = العملية
op-websocket = البث
op-http = HTTP
op-behind-core = التأخر عن النواة
op-takes = تقبل الأوامر
op-no-gateway = لم تُبلغ أي بوابة عن شيء في آخر عشر ثوانٍ.

op-controls-lead = شخص يطلب وآخر يؤكد. وما يُرسل يتقدم على كل أمر بالانتظار.
op-venue = المنصة كلها
op-the-venue = المنصة
op-venue-live = تُقبل الأوامر والإلغاءات.
op-venue-cancel-only = تُقبل الإلغاءات دون الأوامر.
op-venue-halted = لا تُقبل الأوامر ولا الإلغاءات.
op-by-the-disk = مساحة القرص ضيقة: لا تُقبل إلا الإلغاءات حتى تتسع.
op-status = الحالة
op-status-live = يعمل
op-status-cancel-only = إلغاء فقط
op-status-halted = موقوف
op-short-live = استئناف
op-short-cancel-only = إلغاء فقط
op-short-halted = إيقاف
op-do-live = استئناف { $what }
op-do-cancel-only = إلغاء فقط: { $what }
op-do-halted = إيقاف { $what }
op-means-live = تُقبل الأوامر من جديد. وما ينتظر في الدفتر احتفظ بمكانه.
op-means-cancel-only = تُرفض الأوامر الجديدة والتعديلات، وتُقبل الإلغاءات. ولا يُلغى شيء مما ينتظر.
op-means-halted = لا تُقبل الأوامر ولا الإلغاءات. وما ينتظر يبقى في الدفتر.
op-second-person = لا يحدث شيء حتى يؤكده شخص ثانٍ. وكلاكما مدوّن في سجل التدقيق.
op-ask-for-it = إرسال الطلب
op-leave = إلغاء
op-switches = مفاتيح الإيقاف المفعّلة
op-switch = المفتاح
op-switch-on = مفعّل
op-switch-off = معطّل
op-switches-none = لا مفتاح مفعّلًا: لم يُوقَف أحد.
op-stopped = من أو ما أُوقف
op-release = السماح له بالتداول مجددًا
op-kill-new = إيقاف شخص أو شيء
op-means-kill = تُرفض الأوامر الجديدة والتعديلات، ويُلغى كل أمر ينتظر. وتُقبل الإلغاءات كالعادة.
op-means-release = تُقبل الأوامر من جديد. وما أُلغي يبقى ملغى، والمفاتيح الأخرى تبقى مفعّلة.
op-do-kill = إيقاف { $what }
op-do-release = السماح بالتداول مجددًا: { $what }
op-ask-kill = طلب إيقافه
op-scope = ماذا
op-scope-key = مفتاح API
op-scope-user = مستخدم
op-scope-account = حساب
op-scope-broker = وسيط
op-scope-brand = علامة
op-scope-instrument = سوق
op-scope-venue = المنصة كلها
op-which = أيّها
op-which-key = مفتاح API نفسه، كما يراه المستخدم
op-which-user = رقم المستخدم: تُوقف كل حسابات الشخص نفسه
op-which-account = رقم الحساب
op-which-broker = رمز الوسيط
op-which-brand = اسم العلامة
op-which-instrument = مثل BTC-USDT
op-target-key = مفتاح API ‏{ $target }
op-target-credential = مفتاح API ‏{ $target }
op-target-user = المستخدم { $target }
op-target-person = الشخص { $target }
op-target-account = الحساب { $target }
op-target-broker = الوسيط { $target }
op-target-brand = العلامة { $target }
op-target-instrument = { $target }
op-target-venue = المنصة كلها
op-action = الإجراء

op-instruments-lead = الحالة ونطاق السعر والحدود لكل سوق؛ وكل تغيير يؤكده شخص ثانٍ.
op-search = بحث
op-instrument = السوق
op-reference = السعر المرجعي
op-prices = الأسعار المقبولة
op-largest = أكبر أمر
op-absent = غير مدرج لدى
op-with-the-venue = مع المنصة
op-none = لا شيء
op-any-price = أي سعر
op-instruments-none = لا يوجد سوق في اسمه هذا.
op-limits = الحدود
op-limits-how = اترك ما يبقى كما هو؛ وأفرغ ما يُزال.
op-do-limits = تحديد حدود { $what }
op-means-limits = تسري من الأمر التالي.
op-limit-band = النطاق حول السعر المرجعي
op-limit-band-max = النطاق مع العلاوة، كحد أقصى
op-limit-reference = السعر المرجعي
op-limit-premium = العلاوة
op-limit-largest-size = أكبر كمية
op-limit-largest-notional = أكبر مبلغ
op-limit-deviation = البعد عن أفضل سعر مقابل
op-limit-duplicate-ms = يُرفض تكرار الأمر نفسه خلال

op-approvals-lead = ما طلبه شخص ويجب أن يؤكده آخر. اقرأ ما سيتغير؛ فهو ذلك ولا شيء غيره.
op-approvals-none = لا شيء بانتظارك.
op-change = ما سيتغير
op-now = الآن
op-then = بعد ذلك
op-own = طلبك أنت
op-user = المستخدم { $user }
op-asked-by = طلبه { $who }
op-open-for = متبقٍّ { $span }
op-approve = موافقة
op-refuse = رفض
op-take-back = سحب
op-asked = الطلب بانتظار شخص ثانٍ.
op-asked-do = تجده في «الموافقات»، ويمكنك سحبه هناك.
op-decided-done = تمت الموافقة والتنفيذ.
op-decided-approved = تمت الموافقة.
op-decided-refused = رُفض.
op-decided-withdrawn = سُحب.
op-failed = تمت الموافقة عليه، لكن تعذّر تنفيذه.
op-kind-grant-owner = جعل شخص مالكًا
op-kind-listing = إدراج ما تطلبه علامة
op-kind-split = تجزئة عملة
op-kind-broker = تغيير ما يحق لوسيط
op-kind-other = { $kind }

op-log-lead = ما فُعل، ومن فعله، بترتيب وقوعه. كل سطر يحمل بصمة السطر الذي قبله.
op-chain = هل السجل سليم؟
op-verify = فحص السلسلة
op-verify-how = تُحسب بصمة كل إجراء من الأول من جديد، وتُقارن بكل نقاط التحقق الموقّعة.
op-walking = جارٍ فحص السلسلة
op-whole = سليم
op-broken = غير مطابق
op-walked = { $acts ->
    [zero] لا إجراءات بعد.
    [one] إجراء واحد تطابق بصمته.
    [two] إجراءان يتتابعان ببصمتيهما.
    [few] { $acts } إجراءات تتتابع ببصماتها.
    [many] { $acts } إجراءً تتتابع ببصماتها.
   *[other] { $acts } إجراء تتتابع ببصماتها.
}
op-signed = { $count ->
    [zero] لا نقطة تحقق موقّعة، حتى الإجراء { $acts }.
    [one] نقطة تحقق موقّعة واحدة مطابقة، حتى الإجراء { $acts }.
    [two] نقطتا تحقق موقّعتان مطابقتان، أحدثهما حتى الإجراء { $acts }.
    [few] { $count } نقاط تحقق موقّعة مطابقة، أحدثها حتى الإجراء { $acts }.
    [many] { $count } نقطة تحقق موقّعة مطابقة، أحدثها حتى الإجراء { $acts }.
   *[other] { $count } نقطة تحقق موقّعة مطابقة، أحدثها حتى الإجراء { $acts }.
}
op-unsigned = لا نقطة تحقق محفوظة هنا بعد: تُوقَّع الأولى خلال عشر دقائق.
op-head = آخر بصمة
op-search-log = البحث في السجل
op-search-log-hint = كلمات عمّن أو ماذا أو بشأن ماذا: يجب أن ترد كلها في السطر
op-acts = الإجراءات
op-acts-none = لا إجراء بهذه الكلمات.
op-number = الرقم
op-when = الوقت
op-who = من
op-act = ماذا
op-about = بشأن
op-values = القيم
op-more = إجراءات أقدم

op-reconciliation-lead = دفتر الأستاذ مقابل المحرك باستمرار؛ وسجل القيود مقابل كل شيء مرة يوميًا.
op-alarms = الإنذارات
op-alarms-none = لا إنذارات: دفتر الأستاذ والمحرك متطابقان.
op-ledger-account = حساب دفتر الأستاذ
op-in-ledger = في دفتر الأستاذ
op-in-engine = في المحرك
op-clear = طلب الإزالة
op-cleared = أُزيل بالموافقة { $approval }
op-days = الأيام
op-days-none = لم يُطابق أي يوم بعد.
op-day = اليوم
op-state = الحالة
op-problems = المشكلات
op-owed-to-customers = أرصدة العملاء
op-journal-hash = سجل القيود
op-brand-number = العلامة { $brand }
op-day-before = قبل أول يوم مقاصة
op-day-broken = فيه خلل
op-day-clean = سليم
op-day-closed = مغلق

op-settlements-lead = ما يُدفع للوسطاء كل ساعة، وما يُصرف للعلامات.
op-brokers-hours = ساعات الوسطاء
op-brands-releases = عمليات الصرف للعلامات
op-hour = الساعة (UTC)
op-broker = الوسيط
op-paid = المدفوع
op-carried = المُرحّل
op-lines = الأسطر
op-root = الجذر
op-hours-none = لم تُسوَّ أي ساعة بعد.
op-client-of = عميل، الحساب { $account }
op-settled-computed = محسوب
op-settled-paid = مدفوع
op-settled-published = منشور
op-settled-carried = مُرحّل
op-owed = المستحق للعلامات
op-owed-none = لا شيء مستحقًا لأي علامة.
op-brand = العلامة
op-owed-now = المستحق
op-held = المحتجز
op-token-holders = حاملو العملة
op-treasury = الخزينة
op-next-release = الصرف التالي
op-releases = عمليات الصرف
op-releases-none = لم يُصرف شيء بعد.
op-payable = القابل للدفع
op-released = المصروف

op-cases-lead = من ينتظر المشغّل: وسطاء وشركاء قدّموا طلبات، وعلامات تريد إدراجًا.
op-cases-brokers = الوسطاء ({ $count })
op-cases-partners = الشركاء ({ $count })
op-cases-listings = الإدراجات ({ $count })
op-cases-none = لم يقدّم أحد طلبًا بعد.
op-listings = الإدراجات
op-listings-none = لا علامة تطلب إدراجًا.
op-listing-of = العلامة { $brand } تطلب
op-broker-applications = طلبات الوسطاء
op-partner-applications = طلبات الشركاء
op-reference-number = الرقم المرجعي
op-since = منذ
op-look = مراجعة
op-grant = طلب الموافقة
op-case = الطلب
op-missing = لم يُذكر بعد: { $list }
op-move-to = نقل إلى
op-reason = السبب
op-reason-hint = كلمة واحدة بأحرف لاتينية صغيرة، مثل incomplete؛ يراها مقدّم الطلب
op-move = نقل
op-moved = تم النقل.
op-case-draft = مسودة
op-case-submitted = مقدَّم
op-case-integration = الربط
op-case-screening = الفحص
op-case-deposit-pending = بانتظار الضمان
op-case-deposit-locked = الضمان محجوز
op-case-contracted = قُبل العقد
op-case-sandbox = التجربة
op-case-review = المراجعة
op-case-verified = تم التحقق
op-case-contract = العقد
op-case-live = يعمل
op-case-lapsed = منقضٍ
op-case-suspended = معلّق
op-case-offboarding = قيد المغادرة
op-case-closed = مغلق
op-case-refused = مرفوض
op-case-withdrawn = مسحوب
op-case-proposed = بانتظار المشغّل
op-case-granting = قيد التنفيذ
op-case-done = تم

op-proofs-lead = ما يمكن لأي شخص التحقق منه بما احتفظ به. يُعاد حسابه في هذا المتصفح ولا يُسلَّم به.
op-checkpoints = نقاط التحقق في سجل التدقيق
op-newest-checkpoint = أحدث نقطة تحقق
op-kept-checkpoints = نقاط التحقق المحفوظة هنا
op-signed-acts = موقّع حتى الإجراء
op-key = المفتاح العام
op-signed-hours = ساعات الوسطاء الموقّعة
op-statements = الكشوف
op-link = الحلقة
op-verdict = أُعيد حسابه
op-verdict-good = صحيح
op-verdict-root = الجذر مختلف
op-verdict-link = الحلقة مختلفة
op-verdict-previous = يتبع ساعة أخرى
op-recompute = إعادة الحساب
op-recomputing = جارٍ إعادة حساب الجذور والحلقات
op-recompute-how = على أي جهاز، بالملفات والمفتاح وحدهما:

op-reports-lead = ما منعت المتصفحات تشغيله في صفحاتنا. قد يكون هنا نص برمجي مدسوس، أو إضافة لدى القارئ نفسه.
op-reports = البلاغات
op-reports-none = لم يُبلغ أي متصفح عن شيء.
op-address = العنوان
op-blocked = ما حُظر
op-rule = القاعدة
op-page = الصفحة

problem-already-so = هو كذلك بالفعل.
problem-already-so-do = أعد تحميل الصفحة لترى ما هو سارٍ.
problem-own-request = هذا طلبك أنت.
problem-own-request-do = يجب أن يؤكده شخص آخر له الدور نفسه.
problem-not-open = حُسم الأمر في هذه الأثناء.
problem-not-open-do = انظر في سجل التدقيق من حسمه.
problem-expired = طال انتظاره وانتهت صلاحيته.
problem-expired-do = اطلبه من جديد.
problem-no-such-key = لا يوجد مفتاح API كهذا.
problem-no-such-key-do = أدخل المفتاح نفسه كما يراه مستخدمه.
problem-no-such-user = لا يوجد مستخدم كهذا.
problem-no-such-user-do = أدخل رقم المستخدم كما في المكتب.
problem-no-such-account = لا يوجد حساب كهذا.
problem-no-such-account-do = أدخل رقم الحساب.
problem-no-trading-account = ليس لهذا المستخدم حساب تداول.
problem-no-trading-account-do = لا يوجد ما يُوقف.

## Added later
op-nav-team = الفريق
op-team-lead = أفراد المشغّل نفسه وما يحق لكل منهم. من له دور لا يغيّر شيئًا بلا عامل ثانٍ.
op-team-person = الشخص
op-team-roles = الأدوار
op-team-none = لا دور لأحد.
op-team-take = سحب { $role } من { $email }
op-team-invite = دعوة شخص
op-team-invite-hint = تصله دعوة بالبريد. ولا يُجعل مالكًا إلا من هو هنا من قبل.
op-team-invited = دُعي { $email }
op-team-changed = تغيّرت الأدوار
op-team-email = البريد الإلكتروني
op-team-role = الدور
op-team-give = منح دور
op-role-owner = مالك
op-role-operations = عمليات
op-role-finance = مالية
op-role-support = دعم
op-role-compliance = امتثال
op-role-marketing = تسويق
op-role-read-only = قراءة فقط
op-cases-makers = صنّاع السوق
op-cases-contracts = العقود والمراحل
op-papers = المستندات
op-papers-none = لا مستندات.
op-papers-not-yours = دورك لا يرى المستندات.
op-checks = نتائج الفحوص
op-check = الفحص
op-check-result = النتيجة
op-check-kyb = النشاط التجاري
op-check-sanctions = قوائم العقوبات
op-check-security = الإجابات الأمنية
op-check-passed = اجتازه
op-check-failed = لم يجتزه
op-check-source = صاحب النتيجة
op-check-source-hint = المزوّد ورقمه لها
op-check-note = تدوين
op-check-noted = دُوّن
op-comment = كتابة رسالة
op-comment-internal = لأفراد المشغّل وحدهم
op-comment-internal-short = داخلي
op-comment-write = كتابة
op-comment-ours = المشغّل
op-comment-theirs = مقدّم الطلب
op-awaits = التالي: { $state }
op-contract-sign = طلب قبول العقد باسم المشغّل
op-contract-stands = العقد، الإصدار { $version }: { $theirs ->
    [yes] قبله الطرف الآخر
   *[no] لم يقبله الطرف الآخر بعد
  }، { $ours ->
    [yes] وقبله المشغّل.
   *[no] ولم يقبله المشغّل بعد.
  }
op-contract-of-broker = العقد مع الوسطاء
op-contract-of-partner = العقد مع الشركاء
op-contract-version = الإصدار { $version }، لمدة { $days } يومًا
op-contract-none = لم يُنشر أي عقد بعد.
op-contract-text = نص الإصدار التالي
op-contract-term = المدة
op-contract-renewal = مهلة التجديد قبل النهاية
op-contract-notice = مهلة الإشعار
op-contract-publish = طلب النشر
op-makers = صنّاع السوق
op-makers-none = لم تقترح أي علامة صانع سوق.
op-maker-account = الحساب
op-maker-rates = صانع / آخذ
op-maker-duty = الالتزام
op-maker-duty-of = ضمن { $bps } نقطة أساس خلال { $share } من الوقت
op-maker-proposed = بانتظار المشغّل
op-maker-active = سارية
op-maker-losing = قيد السحب
op-maker-lost = مفقودة
op-maker-ended = منتهية
op-maker-refused = مرفوضة
op-maker-failed = { $count ->
    [zero] لم يُخلّ بأي يوم
    [one] أخلّ بيوم واحد
    [two] أخلّ بيومين
    [few] أخلّ بـ { $count } أيام
    [many] أخلّ بـ { $count } يومًا
   *[other] أخلّ بـ { $count } يوم
  }
op-maker-refuse = رفض نسب الحساب { $account }
op-maker-refuse-done = رُفضت
op-maker-grant = طلب منح نسب الحساب { $account }
op-maker-end = سحب نسب الحساب { $account }
op-maker-take = سحب
op-maker-end-done = سُحبت النسب
op-maker-subsidised = يدفع المشغّل ما يزيد به الخصم على الرسوم
op-kind-broker-text = نشر عقد مع الوسطاء
op-kind-broker-refuse = رفض وسيط
op-kind-broker-approve = الموافقة على وسيط
op-kind-broker-live = إطلاق وسيط
op-kind-broker-resume = السماح لوسيط بالكسب مجددًا
op-kind-broker-close = إغلاق وسيط
op-kind-broker-contract = قبول عقد وسيط
op-kind-broker-places = تسجيل عناوين أخرى لوسيط
op-kind-partnership-text = نشر عقد مع الشركاء
op-kind-partnership-phase = فتح مرحلة من البرنامج أو تغييرها
op-kind-partnership-refuse = رفض شريك
op-kind-partnership-sandbox = فتح علامة شريك
op-kind-partnership-live = إطلاق علامة شريك
op-kind-partnership-resume = السماح لعلامة شريك بالتداول مجددًا
op-kind-partnership-leave = إنهاء شراكة
op-kind-partnership-contract = قبول عقد شريك
op-kind-partnership-settle = تسوية ضمان شريك
op-kind-maker-rates = منح صانع سوق نسبه
op-kind-level-table = تغيير جدول المستويات
op-phases = مراحل برنامج الشراكة
op-phases-none = لم تُفتح أي مرحلة بعد.
op-phase = المرحلة
op-phase-number = الرقم
op-phase-number-hint = رقم مرحلة قائمة: شروطها من ذلك الحين
op-phase-name = الاسم
op-phase-opens = تُفتح
op-phase-closes = تُغلق
op-phase-places = الأماكن
op-phase-asset = أصل الضمان
op-phase-stake = مبلغ الضمان
op-phase-holders = الإيراد لحاملي العملة
op-phase-host-holders = عملات لحاملي عملة المشغّل
op-phase-token = تلزم عملة خاصة بالشريك
op-phase-is-open = مفتوحة
op-phase-is-closed = غير مفتوحة
op-phase-open = طلب فتحها
op-kind-adjustment = تصحيح كشف مغلق
op-kind-broker-conditions = تغيير شروط برنامج الوسطاء
op-kind-broker-rates = تغيير نسب برنامج الوسطاء
op-kind-broker-tier = تحديد فئة وسيط
op-kind-broker-tier-rules = تغيير قواعد الفئات
op-kind-bust-trade = إلغاء صفقة
op-kind-clear-alarm = إزالة إنذار
op-kind-correct-commission = تصحيح عمولة وسيط
op-kind-cost-share = تغيير حصة علامة من التكاليف
op-kind-export-brand = تصدير بيانات علامة
op-kind-hold-release = احتجاز صرف
op-kind-income = قيد إيراد لعلامة
op-kind-lift-hold = إطلاق صرف محتجز
op-kind-oauth-client = تسجيل تطبيق لوسيط
op-kind-oauth-client-change = تغيير تطبيق لوسيط
op-kind-pay-invoice = اعتبار فاتورة مدفوعة
op-kind-release-schedule = تغيير موعد صرف إيراد علامة
op-kind-rename-token = تغيير اسم عملة
op-kind-sub-broker-limit = تغيير عدد الوسطاء الفرعيين المسموح لوسيط
op-kind-token-holders = تغيير ما يناله حاملو عملة علامة
op-kind-treasury-transfer = تحريك أموال من خزينة
op-field-account = الحساب
op-field-amount = المبلغ
op-field-asset = الأصل
op-field-brand = العلامة
op-field-broker = الوسيط
op-field-client = العميل
op-field-code = الرمز
op-field-day = اليوم
op-field-fill = التنفيذ
op-field-hour = الساعة
op-field-instrument = السوق
op-field-key = المفتاح
op-field-reason = السبب
op-field-reference = الرقم المرجعي
op-field-user = المستخدم
