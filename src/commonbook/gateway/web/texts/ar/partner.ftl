# The desk of a brand's team.
partner-pages = مكتب الشريك
partner-page-overview = نظرة عامة
partner-page-look = المظهر
partner-page-texts = النصوص واللغات
partner-page-fees = الرسوم
partner-page-listings = الإدراجات
partner-page-announcements = الإعلانات
partner-page-clearing = المقاصة
partner-page-liquidity = السيولة المشتركة
partner-page-team = الفريق والمستخدمون
partner-not-yours = دورك ({ $role }) لا يرى هذه الصفحة. يمكن لأحد المالكين منحك دورًا آخر.
partner-no-factor = يمكنك الاطلاع على كل شيء هنا. ولتغيير أي شيء، أعِدّ أولًا عاملًا ثانيًا في إعداداتك.
partner-cancel = إلغاء
partner-save = حفظ
partner-when = الوقت
partner-by = بواسطة
partner-state = الحالة
partner-actions = الإجراءات
partner-asset = الأصل
partner-market = السوق
partner-amount = المبلغ
partner-day = اليوم
partner-what = ماذا

# The look.
partner-look-intro = ما تغيّره مسودة في هذا المتصفح. عاينها في المظهرين الفاتح والداكن ثم انشرها: يراها مستخدموك عند تحميل الصفحة التالي.
partner-look-name = الاسم والشعار
partner-look-colours = الألوان
partner-look-colours-hint = مجموعة واحدة من ثمانية ألوان. ويُشتق المظهر الآخر من لونك المميز بحيث يكون مقروءًا.
partner-look-fonts = الخطوط
partner-look-fonts-hint = من قائمة المشغّل: لا يُحمَّل شيء من مكان آخر.
partner-field-title = الاسم
partner-field-support = عنوان الدعم
partner-support-hint = بريد إلكتروني يراسله مستخدموك
partner-field-logo = الشعار
partner-field-languages = اللغات
partner-field-domains = النطاقات
partner-field-sender = مرسل الرسائل
partner-field-countries = البلدان
partner-field-switches = خيارات التشغيل
partner-field-limits = الحدود
partner-field-text = النص { $key } { $language }
partner-colour-background = الخلفية
partner-colour-surface = المربعات
partner-colour-text = النص
partner-colour-muted = نص ثانوي
partner-colour-accent = اللون المميز
partner-colour-on-accent = نص على اللون المميز
partner-colour-rise = صعود وشراء
partner-colour-fall = هبوط وبيع
partner-colour-pick = اختر: { $name }
partner-font-heading = العناوين
partner-font-body = النصوص
partner-font-figures = الأرقام
partner-logo-of = شعار { $title }
partner-logo-none = لا شعار
partner-logo-choose = اختر ملفًا
partner-logo-sending = جارٍ الإرسال…
partner-logo-remove = إزالة
partner-logo-hint = SVG يرسم فقط، أو PNG؛ 256 kB كحد أقصى
partner-logo-large = هذا الملف أكبر من 256 kB.
partner-logo-large-do = صغّره، أو استخدم SVG.
partner-contrast-good = كل النصوص مقروءة. أضعفها «{ $text }» على «{ $behind }» بتباين { $ratio }؛ والحد الأدنى { $least }.
partner-contrast-bad = تصعب قراءة «{ $text }» على «{ $behind }»: التباين { $ratio }، والحد الأدنى { $least }.
partner-contrast-fix = استخدم { $colour }
partner-contrast-fix-label = استخدم { $colour } من أجل { $text }
partner-preview = معاينة
partner-preview-of = كيف ستبدو { $title }
partner-preview-tagline = تداول في سوق مشترك عميق.
partner-preview-muted = نص ثانوي، و
partner-preview-link = رابط
partner-preview-button = شراء BTC
partner-side-own = هذه ألوانك أنت.
partner-side-made = مشتقة من لونك المميز، ومعدّلة حتى تُقرأ.
partner-draft = مسودة
partner-draft-none = لم يتغير شيء. الإصدار { $version } منشور.
partner-draft-looking = جارٍ فحص مسودتك…
partner-draft-changes = { $count ->
    [zero] لا تغييرات غير منشورة.
    [one] تغيير واحد غير منشور.
    [two] تغييران غير منشورين.
    [few] { $count } تغييرات غير منشورة.
    [many] { $count } تغييرًا غير منشور.
   *[other] { $count } تغيير غير منشور.
  }
partner-draft-faults = { $count ->
    [zero] لا شيء يمنع نشر هذه المسودة.
    [one] أمر واحد يمنع نشر هذه المسودة.
    [two] أمران يمنعان نشر هذه المسودة.
    [few] { $count } أمور تمنع نشر هذه المسودة.
    [many] { $count } أمرًا تمنع نشر هذه المسودة.
   *[other] { $count } أمر تمنع نشر هذه المسودة.
  }
partner-undo = تراجع
partner-redo = إعادة
partner-discard = تجاهل
partner-publish = نشر…
partner-publish-title = هل تريد نشر هذه المسودة؟
partner-publish-what = { $count ->
    [zero] لن يرى مستخدموك أي تغيير.
    [one] سيرى مستخدموك هذا التغيير فورًا:
    [two] سيرى مستخدموك هذين التغييرين فورًا:
    [few] سيرى مستخدموك هذه التغييرات فورًا:
    [many] سيرى مستخدموك هذه التغييرات فورًا:
   *[other] سيرى مستخدموك هذه التغييرات فورًا:
  }
partner-publish-more = { $count ->
    [zero] ولا شيء آخر.
    [one] وتغيير آخر.
    [two] وتغييران آخران.
    [few] و{ $count } تغييرات أخرى.
    [many] و{ $count } تغييرًا آخر.
   *[other] و{ $count } تغيير آخر.
  }
partner-publish-now = نشر
partner-published = نُشر الإصدار { $version }.
partner-published-more = يراه مستخدموك عند تحميل الصفحة التالي.
partner-note = ملاحظة
partner-note-hint = السبب، لفريقك فقط؛ لا يراها غيرهم
partner-versions = الإصدارات
partner-versions-hint = كل ما نُشر. الرجوع يُنشئ إصدارًا جديدًا؛ ولا يضيع شيء.
partner-versions-none = لم يتغير شيء بعد.
partner-version = الإصدار
partner-version-now = منشور
partner-go-back = الرجوع إليه
partner-go-back-to = الرجوع إلى الإصدار { $version }
partner-go-back-what = يُنشأ إصدار جديد بمضمون هذا الإصدار. وتُحذف مسودتك إن وُجدت.

# Fees.
partner-fees-intro = يدفع مستخدموك بحسب مستوى VIP. لكل نسبة وقت تسري منه؛ ويدفع الأمر النسبة السارية عند وصوله.
partner-fees-change = تغيير الرسوم
partner-fees-change-hint = لكل أسواق { $brand }. والمستويات التي لا تغيّرها تبقى كما هي.
partner-fees-now = السارية
partner-fees-floor = الحد الأدنى لدى المشغّل { $maker } % للصانع و{ $taker } % للآخذ: لا تنزل نسبة عنه.
partner-fees-plans = الخطط
partner-fees-plans-hint = ما سيبدأ، وما يسري، وما انتهى.
partner-fees-plans-none = لا خطط بعد.
partner-fees-history = السجل
partner-fees-history-hint = كل نسبة مع رقم التسلسل الذي سرت منه.
partner-fees-rates = صانع / آخذ
partner-fees-promotion = العرض الترويجي «{ $name }»
partner-fees-schedule = الجدول
partner-fees-the-floor = الحد الأدنى للمنصة
partner-fees-for = لمن
partner-account = الحساب { $account }
partner-level = المستوى
partner-maker = صانع
partner-taker = آخذ
partner-from = من
partner-until = حتى
partner-since = منذ
partner-sequence = التسلسل
partner-plan-waiting = بالانتظار
partner-plan-beginning = يبدأ
partner-plan-running = جارٍ
partner-plan-done = سارٍ أو منتهٍ
partner-plan-refused = مرفوض
partner-plan-withdrawn = مسحوب
partner-fees-end = إنهاء الآن
partner-fees-withdraw = سحب
partner-fees-ended = ينتهي العرض الترويجي.
partner-fees-withdrawn = سُحبت الخطة.
partner-fees-planned = أُنشئت الخطة.
partner-fees-planned-more = تسري بعد موعدها بنحو ثانية.
partner-fees-kind = المدة
partner-fees-for-good = ابتداءً من وقت معين
partner-fees-for-a-while = لفترة: عرض ترويجي
partner-fees-promotion-name = اسم العرض الترويجي
partner-fees-at-once = فارغ: فورًا
partner-fees-add-level = إضافة مستوى
partner-fees-no-rate = نسبة مئوية، مثل 0.08
partner-fees-below = أقل من الحد الأدنى { $floor } %
partner-fees-send = إنشاء الخطة
partner-difference = ماذا يعني هذا
partner-difference-none = لا تختلف أي نسبة عن السارية.
partner-difference-maker-lower = { $level }: يدفع الصانع { $after } % بدلًا من { $before } %. صفقة بقيمة 10,000 تكلّف { $cost_after } بدلًا من { $cost_before }.
partner-difference-maker-higher = { $level }: يدفع الصانع { $after } %، أكثر من { $before } % سابقًا. صفقة بقيمة 10,000 تكلّف { $cost_after } بدلًا من { $cost_before }.
partner-difference-maker-new = { $level } جديد: يدفع الصانع { $after } %. صفقة بقيمة 10,000 تكلّف { $cost_after }.
partner-difference-maker-rebate = { $level }: يُدفع للصانع { $after } %، وكانت { $before } %. ويحصل من صفقة بقيمة 10,000 على { $cost_after }.
partner-difference-taker-lower = { $level }: يدفع الآخذ { $after } % بدلًا من { $before } %. صفقة بقيمة 10,000 تكلّف { $cost_after } بدلًا من { $cost_before }.
partner-difference-taker-higher = { $level }: يدفع الآخذ { $after } %، أكثر من { $before } % سابقًا. صفقة بقيمة 10,000 تكلّف { $cost_after } بدلًا من { $cost_before }.
partner-difference-taker-new = { $level } جديد: يدفع الآخذ { $after } %. صفقة بقيمة 10,000 تكلّف { $cost_after }.
partner-difference-taker-rebate = { $level }: يُدفع للآخذ { $after } %، وكانت { $before } %. ويحصل من صفقة بقيمة 10,000 على { $cost_after }.
partner-difference-at-once = يسري فورًا على الأوامر التي تصل عندها.
partner-difference-from = يسري من { DATETIME($time, dateStyle: "long", timeStyle: "short") } على الأوامر التي تصل عندها.
partner-difference-until = في { DATETIME($time, dateStyle: "long", timeStyle: "short") } يعود الجدول.

# Overview.
partner-overview-title = { $brand }: نظرة عامة
partner-days = المدة
partner-days-last = { $count ->
    [zero] آخر { $count } يوم
    [one] آخر يوم
    [two] آخر يومين
    [few] آخر { $count } أيام
    [many] آخر { $count } يومًا
   *[other] آخر { $count } يوم
  }
partner-brand-state = هذه العلامة لا تعمل: حالتها { $state }.
partner-owed = المستحق لك بعملة { $asset }
partner-next-release = الصرف التالي في { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partner-no-release = لا صرف قريبًا
partner-held = { $amount } محتجز
partner-treasury = الخزينة: { $amount }
partner-holders-pool = وعاء حاملي العملة: { $amount }
partner-waterfall = أين تذهب رسومك
partner-waterfall-hint = مما دفعه مستخدموك إلى ما هو لك، عن الأيام المغلقة.
partner-waterfall-of = من الرسوم إلى الإيراد بعملة { $asset }، كشوف يومية: { $count }
partner-waterfall-none = لم يُغلق اليوم الأول بعد. يصدر كشفه بعد منتصف الليل (UTC) بقليل.
partner-waterfall-days = { $count ->
    [zero] دون كشوف يومية.
    [one] من كشف يومي واحد.
    [two] من كشفين يوميين.
    [few] من { $count } كشوف يومية.
    [many] من { $count } كشفًا يوميًا.
   *[other] من { $count } كشف يومي.
  }
partner-to-statements = اطّلع عليها وتحقق منها
partner-flow-fees = الرسوم المدفوعة
partner-flow-subsidy = إضافة المشغّل
partner-flow-income = إيرادات أخرى
partner-flow-rebates = خصومات الصانع
partner-flow-affiliates = المسوّقون بالعمولة
partner-flow-commissions = الوسطاء
partner-flow-cost-share = حصة المشغّل
partner-flow-holders = حاملو العملة
partner-flow-revenue = إيرادك
partner-volume = الحجم بثلاثة مقاييس
partner-volume-hint = «الأطراف» تعدّ كل طرف لك. و«المنسوب» يقسم كل صفقة بين العلامات المشاركة فيها، فيساوي مجموعه الكل. و«الدفتر» كل ما تداوله السوق.
partner-volume-in = الحجم بعملة { $asset } حسب السوق
partner-volume-side = الأطراف
partner-volume-attributed = المنسوب
partner-volume-book = الدفتر
partner-volume-none = لم يتداول مستخدموك شيئًا في هذه المدة.
partner-volume-fills = { $fills ->
    [zero] لا طرف تنفيذ لك،
    [one] طرف تنفيذ واحد لك،
    [two] طرفا تنفيذ لك،
    [few] { $fills } أطراف تنفيذ لك،
    [many] { $fills } طرف تنفيذ لك،
   *[other] { $fills } طرف تنفيذ لك،
  } منها { $internal } بين اثنين من مستخدميك.
partner-volume-filtered = { $count ->
    [zero] لم يُستبعد شيء كتداول ذهاب وإياب.
    [one] استُبعد واحد كتداول ذهاب وإياب.
    [two] استُبعد اثنان كتداول ذهاب وإياب.
    [few] استُبعدت { $count } كتداول ذهاب وإياب.
    [many] استُبعد { $count } كتداول ذهاب وإياب.
   *[other] استُبعد { $count } كتداول ذهاب وإياب.
  }
partner-volume-unfiltered = لم يُستبعد شيء كتداول ذهاب وإياب.
partner-notices = ما جرى تلقائيًا
partner-notices-none = لا شيء بعد.

# Clearing.
partner-clearing-intro = المستحق لك يومًا بيوم. كل كشف يحمل إثباته معه، ويتحقق منه متصفحك.
partner-statements = الكشوف
partner-statements-hint = كشف لكل يوم وأصل. لا يمكن تغيير الكشف؛ وما كان خطأ يُصحَّح في يوم لاحق.
partner-statements-none = لم يُغلق أي يوم بعد.
partner-statement-of = كشف { $asset } ليوم { $date }
partner-opening = الافتتاحي
partner-closing = الختامي
partner-revenue = الإيراد
partner-released = المصروف
partner-lines = الأسطر
partner-file = الملف
partner-download = تنزيل
partner-download-one = تنزيل كشف { $asset } ليوم { $date }
partner-older = الأقدم
partner-verify = تحقّق
partner-verify-one = التحقق من كشف { $asset } ليوم { $date }
partner-verify-file = التحقق من ملف…
partner-verifying = يُعاد حساب كل سطر في متصفحك…
partner-verify-good = هذا الكشف صحيح.
partner-verify-lines = { $count ->
    [zero] لا أسطر لإعادة حسابها.
    [one] أُعيد حساب سطر واحد من مدخلاته والشروط.
    [two] أُعيد حساب سطرين من مدخلاتهما والشروط.
    [few] أُعيد حساب { $count } أسطر من مدخلاتها والشروط.
    [many] أُعيد حساب { $count } سطرًا من مدخلاتها والشروط.
   *[other] أُعيد حساب { $count } سطر من مدخلاتها والشروط.
  }
partner-verify-sums = كل المجاميع تنتج عن الأسطر.
partner-verify-root = كل البصمات تؤدي إلى هذا الجذر:
partner-verify-root-same = كل البصمات تؤدي إلى الجذر الذي يعرضه المكتب:
partner-verify-wrong = السطر { $line } خطأ.
partner-verify-wrong-do = احتفظ بهذا الملف وراسل المشغّل: لا يجوز أن يوجد كشف لا يصح التحقق منه.
partner-verify-other = الملف صحيح في ذاته، لكن جذره ليس الذي يعرضه المكتب.
partner-verify-lost = تعذّر جلب الكشف. أغلق هذا وأعد المحاولة.
partner-verify-insecure = لا يحسب متصفحك البصمات إلا على عناوين https. نزّل الملف وتحقق منه بالأمر verify-clearing.
partner-releases = عمليات الصرف
partner-releases-hint = ما انتقل من المقاصة إلى خزينتك.
partner-releases-none = لم يُصرف شيء بعد.
partner-income-until = الإيراد حتى
partner-payable = القابل للدفع
partner-kept-back = المحتجز
partner-set-off = المقاصّة بالديون
partner-paid-out = المدفوع
partner-invoices = الفواتير
partner-invoices-hint = فاتورة كل شهر مقابل ما قدّمه المشغّل.
partner-invoices-none = لا فواتير بعد.
partner-invoice = الفاتورة
partner-month = الشهر
partner-services = الخدمات
partner-credits = الأرصدة الدائنة
partner-due = المستحق
partner-paid = مدفوعة
partner-open = غير مدفوعة
partner-terms = الشروط
partner-terms-hint = كما هي اليوم.
partner-host-share = حصة المشغّل من { $source }
partner-source-trading = رسوم التداول
partner-source-withdrawal = رسوم السحب
partner-source-listing = رسوم الإدراج
partner-source-other = الإيرادات الأخرى
partner-holders-share = حصة حاملي العملة من إيرادك
partner-release-rhythm = مواعيد الصرف
partner-period-daily = كل يوم،
partner-period-weekly = كل أسبوع، يوم { $day }،
partner-period-monthly = كل شهر في اليوم { $day }،
partner-release-delay = { $count ->
    [0] فورًا.
    [zero] فورًا.
    [one] بعد يوم واحد.
    [two] بعد يومين.
    [few] بعد { $count } أيام.
    [many] بعد { $count } يومًا.
   *[other] بعد { $count } يوم.
  }
partner-release-minimum = أقل صرف بعملة { $asset }
partner-notice-maker-granted = حصل صانع سوق على نسبه
partner-notice-maker-day-failed = لم يفِ صانع سوق بالتزامه ليوم
partner-notice-maker-rate-lost = فقد صانع سوق نسبه
partner-notice-delisted = أُلغي إدراج سوق
partner-notice-schedule-begun = سرى جدول رسوم
partner-notice-promotion-begun = بدأ عرض ترويجي
partner-notice-promotion-not-ended = تعذّر إنهاء عرض ترويجي
partner-notice-fees-refused = رُفضت خطة رسوم
partner-notice-webhook-paused = webhook متوقف مؤقتًا

# Team and users.
partner-team-intro = من يحق له فعل ماذا. وكل ما يُفعل هنا مدوّن في السجل.
partner-team = الفريق
partner-person = الشخص
partner-roles = الأدوار
partner-role = الدور
partner-you = (أنت)
partner-user = المستخدم { $user }
partner-email = البريد الإلكتروني
partner-invite = دعوة شخص
partner-invite-hint = تُدخله رسالة بريد؛ فيحدد كلمة مرور وعاملًا ثانيًا. ويصبح مالكًا من هو عضو بالفعل، لا من يُدعى.
partner-invite-send = إرسال الدعوة
partner-invited = دُعي { $email }.
partner-invited-more = الدعوة صالحة سبعة أيام.
partner-give-role = منح دور
partner-give-role-to = منح دور: { $email }
partner-take-role = سحب الدور { $role } من { $email }
partner-roles-changed = تغيّرت الأدوار.
partner-owner-waits = يحتاج المالك الجديد إلى موافقة شخص آخر من فريقك.
partner-role-owner = مالك
partner-role-operations = عمليات
partner-role-finance = مالية
partner-role-support = دعم
partner-role-compliance = امتثال
partner-role-marketing = تسويق
partner-role-read-only = قراءة فقط
partner-role-owner-may = كل شيء، بما في ذلك الفريق والعقد
partner-role-operations-may = المظهر والإدراجات والإعلانات والمستخدمون والسجل والموافقة
partner-role-finance-may = الرسوم والكشوف والخزينة والسجل والموافقة
partner-role-support-may = رؤية المستخدمين
partner-role-compliance-may = رؤية المستخدمين وقفلهم ومحوهم، والسجل والموافقة
partner-role-marketing-may = المظهر والنصوص والإعلانات
partner-role-read-only-may = الاطلاع لا غير
partner-approvals = بانتظار موافقة شخص ثانٍ
partner-approvals-hint = من طلب لا يمكنه الموافقة.
partner-asked-by = طلبه المستخدم { $user }
partner-expires = صالح حتى
partner-approve = موافقة
partner-refuse = رفض
partner-take-back = سحب
partner-approved = تمت الموافقة والتنفيذ.
partner-refused = لن يُنفَّذ.
partner-act-grant-owner = جعل شخص مالكًا
partner-act-treasury-transfer = الدفع من الخزينة
partner-act-pay-invoice = دفع فاتورة
partner-act-affiliate = الاتفاق على حصة مسوّق
partner-users = المستخدمون
partner-users-hint = الأحدث أولًا. تظهر البيانات الشخصية عند الاطلاع على مستخدم، ويُدوَّن ذلك.
partner-users-none = لم يُنشئ أحد حسابًا بعد.
partner-user-search = البريد الإلكتروني كاملًا
partner-user-none = لا يوجد مستخدم بهذا العنوان.
partner-find = بحث
partner-see = عرض
partner-see-user = عرض المستخدم { $user }
partner-account-name = الحساب
partner-language = اللغة
partner-user-pending = غير مؤكَّد
partner-user-active = نشط
partner-user-locked = مقفل
partner-user-closed = مغلق
partner-user-logged = اطلاعك على هذا المستخدم مدوّن في السجل.
partner-user-name = الاسم
partner-user-country = البلد
partner-user-phone = الهاتف
partner-user-factors = العوامل الثانية
partner-user-no-factors = لا شيء
partner-reason = السبب
partner-why-request = رغبة المستخدم نفسه
partner-why-suspicion = اشتباه
partner-why-order = أمر محكمة أو سلطة
partner-why-terms = مخالفة الشروط
partner-lock = قفل
partner-unlock = فك القفل
partner-locked = قُفل المستخدم: انتهت جلساته وتُرفض مفاتيحه.
partner-unlocked = يمكن للمستخدم تسجيل الدخول من جديد.
partner-log = السجل
partner-log-hint = ما فعله فريقك والمشغّل في هذه العلامة، الأحدث أولًا.
partner-subject = الموضوع

# Announcements.
partner-announcements-intro = إعلانات وأشرطة وصفحات حملات، بكل لغات علامتك. لا يرى المسودة سوى فريقك.
partner-address = الرابط
partner-edit = تحرير
partner-announcement-title = عنوان الإعلان
partner-announcement-body = نص الإعلان

# Listings.
partner-listings-intro = أنت تختار ما يُتداول لدى علامتك. دفاتر الأوامر مشتركة: فما تدرجه له عمق الجميع.
partner-markets = الأسواق
partner-is-listed = مُدرج
partner-is-not-listed = غير مُدرج
partner-exclusive = لعلامة أخرى وحدها حتى
partner-list = إدراج
partner-list-one = إدراج { $market }
partner-listed = يجري إدراج { $market }.
partner-in-a-second = تُقبل الأوامر بعد نحو ثانية.
partner-delist = إنهاء الإدراج
partner-delist-one = إنهاء الإدراج: { $market }
partner-delist-hint = يُعلَن فورًا. وعند موعد آخر الأوامر تُلغى أوامر مستخدميك الباقية.
partner-last-orders = آخر الأوامر
partner-withdrawals-until = السحب حتى
partner-delist-text-title = سيُلغى إدراج { $market }
partner-delist-text-body = ينتهي التداول في { $market }. يُرجى إلغاء أوامرك وسحب أموالك في الوقت المناسب.
partner-delist-send = أعلن وأنهِ
partner-delisting = أُعلن إنهاء { $market }.
partner-delisting-more = حتى ذلك الحين يمكنك سحب الخطة.
partner-listing-plans = المخطط لها
partner-listing-waiting = بالانتظار
partner-listing-done = تم
partner-listing-withdrawn = مسحوب
partner-listing-refused = مرفوض
partner-platform-token = عملة المنصة
partner-platform-token-hint = عملة خاصة بك تمثل منصتك. يدرجها المشغّل؛ وحصة حامليها من إيرادك، إن اتُّفق عليها، تجدها في «المقاصة».
partner-platform-token-none = ليست لديك عملة منصة بعد. اقترح عملة وحددها عملةً لمنصتك.
partner-proposals = الاقتراحات
partner-proposals-hint = ما طلبته من المشغّل.
partner-proposals-none = لم تقترح شيئًا بعد.
partner-proposal-proposed = لدى المشغّل
partner-proposal-done = تم
partner-proposal-refused = مرفوض
partner-asked = تاريخ الطلب
partner-propose = اقتراح عملة أو سوق
partner-propose-hint = ينظر فيه المشغّل ويقرر. يحتاج الزوج إلى أصلين موجودين، أو إلى عملتك الجديدة.
partner-propose-token = عملة جديدة لنا
partner-token-name = الاسم المختصر
partner-token-name-hint = من 2 إلى 16 حرفًا ورقمًا
partner-token-scale = المنازل العشرية
partner-token-exclusive = لنا وحدنا حتى
partner-token-exclusive-hint = فارغ: للجميع من البداية
partner-token-platform = هذه عملة منصتنا
partner-pair = السوق { $number }
partner-pair-base = الأصل الأساسي
partner-pair-quote = عملة التسعير
partner-pair-tick = خطوة السعر
partner-pair-lot = خطوة الكمية
partner-pair-minimum = أصغر أمر
partner-add-pair = إضافة سوق
partner-remove = إزالة
partner-propose-send = إرسال إلى المشغّل
partner-proposed = وصل اقتراحك إلى المشغّل.
partner-proposed-more = ترى هنا ما يؤول إليه.

# Texts and languages.
partner-texts-intro = قل أي شيء بكلماتك وبكل لغة من لغاتك. وما تغيّره جزء من مسودة المظهر نفسها.
partner-languages = اللغات
partner-languages-hint = الأولى لمن لا يطلب أيًّا منها.
partner-language-first = الأولى
partner-language-no-app = لا نصوص للصفحات بهذه اللغة بعد؛ أما الإعلانات فممكنة.
partner-make-first = اجعلها الأولى
partner-make-first-one = اجعلها الأولى: { $language }
partner-remove-language = إزالة { $language } ونصوصك بها
partner-add-language = لغة أخرى
partner-add = إضافة
partner-texts = النصوص
partner-texts-hint = القيم بين الأقواس، مثل { "{ $name }" }، تملؤها الصفحة: أبقِها كما هي.
partner-text-search = بحث
partner-texts-own = نصوصك فقط
partner-texts-none = لا نص مطابقًا.
partner-texts-more = عرض { $count } أخرى
partner-own-text = نصك لـ { $key }
partner-edit-text = تحرير { $key }
partner-text-back = استعادة نصنا
partner-text-back-one = استعادة نصنا: { $key }
partner-done = تم

# Shared liquidity.
partner-liquidity-intro = يوم مغلق على الدفتر المشترك، بجانب اليوم نفسه بأوامر مستخدميك وحدها. يمكن إعادة حساب كل رقم من سجل القيود.
partner-liquidity-none = يصدر أول تقرير بعد أول يوم كامل.
partner-liquidity-no-trade = لم تكن لمستخدميك أوامر في هذا اليوم.
partner-liquidity-fills = { $sides ->
    [zero] لا طرف تنفيذ لمستخدميك،
    [one] طرف تنفيذ واحد لمستخدميك،
    [two] طرفا تنفيذ لمستخدميك،
    [few] { $sides } أطراف تنفيذ لمستخدميك،
    [many] { $sides } طرف تنفيذ لمستخدميك،
   *[other] { $sides } طرف تنفيذ لمستخدميك،
  } منها { $others } مقابل علامة أخرى: { $share } مما تداولوه.
partner-depth = العمق ضمن
partner-depth-within = العمق ضمن { $bps } نقطة أساس، للطرفين
partner-depth-none = لم يقترب المشترون والبائعون إلى ما دون { $bps } نقطة أساس في هذا اليوم، فلا عمق يُرسم.
partner-depth-by-hour = عمق { $market } حسب ساعات اليوم، UTC
partner-compared = { $market }: مشترك ومنفرد
partner-measure = المقياس
partner-hour = الساعة
partner-shared = الدفتر المشترك
partner-alone = أوامرك وحدها
partner-spread = الفارق
partner-share-filled = نسبة ما نُفِّذ من الأوامر
partner-time-to-fill = متوسط الزمن حتى التنفيذ
partner-bps = { $bps } نقطة أساس
partner-seconds = { NUMBER($seconds, maximumFractionDigits: 1) } ث

## Added later
partner-page-domains = النطاقات
partner-page-makers = صنّاع السوق والمسوّقون
partner-page-webhooks = Webhooks
partner-page-partnership = الشراكة
partner-domains-intro = أين يجدك مستخدموك. يعمل النطاق متى ثبتت ملكيتك له، بسجل أو بملف.
partner-domains-none = ليس لديك نطاق خاص بعد.
partner-domain = النطاق
partner-domain-waiting = بانتظار الإثبات
partner-domain-proved = مُثبَت
partner-domain-missing = الإثبات مفقود
partner-domain-how = ضع أحد هذين، ثم اطلب البحث عنه. ويُبحث عنه كذلك كل بضع دقائق.
partner-domain-record = سجل DNS
partner-domain-file = أو ملف على هذا العنوان، فيه النص نفسه
partner-domain-stops = يتوقف عن العمل
partner-domain-prove = ابحث الآن
partner-domain-prove-one = ابحث الآن عن إثبات { $domain }
partner-domain-remove = إزالة
partner-domain-remove-one = إزالة { $domain }
partner-domain-add = إضافة نطاق
partner-domain-add-hint = مثل exchange.example.com. وجّهه إلى عنوان المشغّل قبل أن يستخدمه مستخدموك.
partner-domain-added = أُضيف { $domain }
partner-domain-added-more = أثبت ملكيته الآن.
partner-domain-removed = أُزيل { $domain }
partner-domain-note-add = أُضيف النطاق { $domain }
partner-domain-note-remove = أُزيل النطاق { $domain }
partner-domain-is-proved = ثبتت ملكية { $domain }
partner-domain-is-not-proved = لم تثبت ملكية { $domain } بعد
partner-domain-draft = لديك مسودة للمظهر. انشرها أو تجاهلها أولًا: وإلا ضاعت.
partner-certificates = الشهادات
partner-certificates-hint = يحصل النطاق المُثبَت على شهادة تلقائيًا إن كانت لدى المشغّل جهة إصدار لها. ويمكنك تقديم شهادتك.
partner-certificates-none = لا شهادة بعد.
partner-certificate-source = المصدر
partner-certificate-made = جهة الإصدار لدى المشغّل
partner-certificate-brought = فريقك
partner-certificate-until = صالحة حتى
partner-certificate-print = البصمة
partner-certificate-bring = تقديم شهادة
partner-certificate-bring-for = تقديم شهادة لـ { $domain }
partner-certificate-chain = الشهادات (PEM)
partner-certificate-chain-hint = شهادة النطاق أولًا، ثم كل جهة إصدار بعدها
partner-certificate-key = المفتاح الخاص (PEM)
partner-certificate-key-hint = بلا عبارة مرور. يُختم لدى المشغّل ولا يُعرض مرة أخرى أبدًا.
partner-certificate-taken = تسري خلال ثانية
partner-certificate-drop = نسيان
partner-certificate-drop-of = نسيان شهادة { $domain }
partner-certificate-dropped = نُسيت شهادة { $domain } ومعها مفتاحها
partner-hooks-intro = أين تُبلَّغ برامجك بما يحدث. كل حدث موقّع، ويُعاد إرساله حتى يستلمه خادمك.
partner-hooks = Webhooks
partner-hooks-none = لا webhook بعد.
partner-hook-add = إضافة webhook
partner-hook-change = تغيير
partner-hook-url = العنوان
partner-hook-events = الأحداث
partner-hook-event-sign-up = التسجيلات
partner-hook-event-level = المستويات
partner-hook-event-order = الأوامر
partner-hook-event-trade = الصفقات
partner-hook-event-release = عمليات الصرف
partner-hook-event-test = اختبار
partner-hook-event-webhook-paused = متوقف مؤقتًا
partner-hook-live = يعمل
partner-hook-paused = متوقف مؤقتًا
partner-hook-removed = مُزال
partner-hook-waiting = بالانتظار
partner-hook-delivered = تم التسليم
partner-hook-dropped = تُرك
partner-hook-failures = { $count ->
    [zero] لا إخفاقات
    [one] إخفاق واحد
    [two] إخفاقان
    [few] { $count } إخفاقات
    [many] { $count } إخفاقًا
   *[other] { $count } إخفاق
  }
partner-hook-deliveries = عمليات التسليم
partner-hook-deliveries-to = عمليات التسليم إلى { $url }
partner-hook-deliveries-none = لم يُرسل شيء بعد.
partner-hook-tries = المحاولات
partner-hook-answer = الرد
partner-hook-test = إرسال اختبار
partner-hook-tested = الاختبار في الطريق
partner-hook-pause = إيقاف مؤقت
partner-hook-paused-now = متوقف مؤقتًا: الأحداث تتجمع
partner-hook-resume = استئناف
partner-hook-resumed = يُرسل الآن ما تجمّع
partner-hook-remove = إزالة
partner-hook-resend = إعادة الإرسال
partner-hook-resent = أُرسل مرة أخرى
partner-hook-secret = سر جديد
partner-hook-secret-once = يُعرض هذا هذه المرة فقط. احفظه حيث يستطيع خادمك قراءته؛ والسابق يبقى صالحًا يومًا.
partner-hook-copy = نسخ
partner-hook-copied = تم النسخ
partner-makers-intro = نسب خاصة لمن يُبقي عروض الأسعار في الدفتر، وحصص من الرسوم لمن يجلب المستخدمين.
partner-makers = صنّاع السوق
partner-makers-none = ليس لديك صانع سوق بعد.
partner-maker-propose = اقتراح صانع سوق
partner-maker-propose-hint = يوافق المشغّل أو يرفض. النسبة الأدنى من الصفر تُدفع لصانع السوق. ومن لا يفي بالتزامه بضعة أيام يفقد النسب.
partner-maker-account = الحساب
partner-maker-spread = أوسع فارق
partner-maker-bps = نقطة أساس
partner-maker-presence = الحضور
partner-maker-duty = الالتزام
partner-maker-duty-of = ضمن { $bps } نقطة أساس خلال { $share } من الوقت
partner-maker-proposed = بانتظار المشغّل
partner-maker-active = سارية
partner-maker-losing = قيد السحب
partner-maker-lost = مفقودة
partner-maker-ended = منتهية
partner-maker-refused = مرفوضة
partner-maker-failed = { $count ->
    [zero] لم يُخلّ بأي يوم
    [one] أخلّ بيوم واحد
    [two] أخلّ بيومين
    [few] أخلّ بـ { $count } أيام
    [many] أخلّ بـ { $count } يومًا
   *[other] أخلّ بـ { $count } يوم
  }
partner-maker-sent = اقتُرح صانع السوق
partner-maker-sent-more = القرار للمشغّل.
partner-maker-end = تنازل
partner-maker-end-of = التنازل عن نسب الحساب { $account }
partner-maker-over = تسري نسب الجدول من جديد خلال ثانية
partner-maker-hours = الحضور بالساعة
partner-maker-hours-of = حضور الحساب { $account } بالساعة
partner-maker-hours-hint = بحسب التزامه هو، من الوقت الذي كان فيه السوق مفتوحًا للتداول، في آخر 48 ساعة (UTC).
partner-maker-hours-none = لا توجد ساعة بعد.
partner-maker-present = حاضر
partner-affiliates = المسوّقون بالعمولة
partner-affiliates-hint = من له حصة من رسوم حساب بعينه. ويسري أحدث سطر بدأ.
partner-affiliates-none = لم يُتفق على أي مسوّق.
partner-affiliate = حساب المسوّق
partner-affiliate-hint = من يُدفع له
partner-affiliate-of = الحساب
partner-affiliate-of-hint = من رسوم مَن
partner-affiliate-part = الحصة من الرسوم
partner-affiliate-part-hint = 0 ينهي ما اتُّفق عليه
partner-affiliate-ended = منتهٍ
partner-affiliate-ask = طلب حصة لمسوّق
partner-affiliate-asked = الطلب بانتظار موافقة شخص ثانٍ
partner-affiliate-asked-more = يوافق عليه شخص آخر من الفريق.
partner-treasury-pay = الخزينة
partner-treasury-hint = إلى حساب أحد مالكي هذه العلامة. ويوافق عليه شخص آخر من الفريق.
partner-treasury-none = لم يُصرف شيء إلى الخزينة بعد.
partner-treasury-asset = الأصل
partner-treasury-amount = المبلغ
partner-treasury-to = إلى الحساب
partner-treasury-to-hint = لأحد المالكين
partner-treasury-has = المتاح
partner-treasury-ask = طلب الدفع
partner-treasury-asked = الطلب بانتظار موافقة شخص ثانٍ
partner-invoice-pay = الدفع من الخزينة
partner-invoice-pay-one = الدفع من الخزينة: { $name }
partner-invoice-asked = الطلب بانتظار موافقة شخص ثانٍ
partner-ship-intro = أين تقف مع المشغّل، وما التالي وممّن، والعقد.
partner-ship-none = هذه علامة المشغّل نفسه: فلا شراكة تُعرض.
partner-ship-of = الشراكة { $reference }
partner-ship-awaits = التالي: { $state }، بواسطة { $who }.
partner-ship-notice = تنتهي مهلة الإشعار
partner-ship-stake = مبلغ الضمان
partner-ship-verify = طلب مراجعة القائمة
partner-ship-verified = تم التحقق من العلامة
partner-ship-read = العقد
partner-ship-accept = قبول العقد
partner-ship-accepted = تم القبول
partner-ship-contract-about = الإصدار { $version }، لمدة { $days } يومًا، بمهلة إشعار { $notice } يومًا. تقبل هذا النص بعينه، ببصمته.
partner-ship-leave = مغادرة الشراكة
partner-ship-leave-about = بعد مهلة الإشعار تُوقف علامتك، ويسحب المستخدمون أموالهم، ويُعاد مبلغ الضمان بعد خصم المستحقات.
partner-ship-leave-yes = تقديم الإشعار
partner-ship-left = قُدِّم الإشعار
partner-ship-checklist = قبل الإطلاق
partner-ship-there = تم
partner-ship-open = متبقٍّ
partner-ship-item-domain = نطاق خاص بك، مُثبَتة ملكيته
partner-ship-item-logo = شعار
partner-ship-item-terms = شروط لمستخدميك
partner-ship-item-fees = الرسوم
partner-ship-item-staff = فريق بأدوار محددة
partner-ship-item-support = عنوان للدعم
partner-ship-item-test-order = أمر تجريبي
partner-ship-item-test-hour = ساعة تجريبية
partner-ship-contracts = العقود
partner-ship-contract = الإصدار { $version }
partner-ship-yours = قبلتَه
partner-ship-yours-not = لم تقبله بعد
partner-ship-hosts = قبله المشغّل
partner-ship-hosts-not = لم يقبله المشغّل بعد
partner-ship-until = حتى
partner-ship-so-far = ما تم حتى الآن
partner-ship-state-draft = مسودة
partner-ship-state-submitted = مقدَّم
partner-ship-state-screening = قيد الفحص
partner-ship-state-deposit-pending = مقبول
partner-ship-state-deposit-locked = الضمان محجوز
partner-ship-state-contracted = وُقّع العقد
partner-ship-state-sandbox = قيد التجربة
partner-ship-state-verified = تم التحقق
partner-ship-state-live = يعمل
partner-ship-state-suspended = معلّق
partner-ship-state-offboarding = قيد المغادرة
partner-ship-state-closed = مغلق
partner-ship-state-refused = مرفوض
partner-ship-state-withdrawn = مسحوب
partner-ship-state-expired = منتهٍ
partner-ship-role-applicant = أنت
partner-ship-role-partner = أنت
partner-ship-role-host = المشغّل
partner-ship-role-system = المنصة نفسها
partner-group-brand = العلامة
partner-group-markets = الأسواق
partner-group-money = المال
partner-group-access = المستخدمون والوصول
partner-page-imports = استيراد المستخدمين
partner-page-exports = التصدير
partner-page-sso = تسجيل الدخول الموحّد
partner-page-terms = الشروط القانونية
partner-imports-intro = أحضر مستخدميك الحاليين. يتلقى كل منهم بريدًا فيه رابط لتعيين كلمة مرور؛ ولا تُنقل أي كلمة مرور.
partner-import-file = ملف المستخدمين
partner-import-file-hint = ملف CSV أو JSON Lines فيه external_id وemail وlanguage وcountry، وعند الرغبة name وconsent. يُفحص أولًا، ولا يُحفظ شيء بذلك.
partner-import-choose = اختر ملفًا
partner-import-checking = يجري فحص { $name }…
partner-import-large = الملف كبير جدًا: يُقبل 10 ميغابايت في المرة الواحدة.
partner-import-large-do = قسّمه؛ وكل جزء عملية استيراد مستقلة.
partner-import-check = نتيجة فحص { $name }
partner-import-check-sum = يمكن استيراد { $accepted } من { $rows } صفًا.
partner-import-refused-rows = الصفوف المرفوضة
partner-import-line = السطر
partner-import-row = المحتوى
partner-import-more = و{ $count } أخرى: ملف الصفوف المرفوضة يضمها كلها.
partner-import-save = تنزيل المرفوض
partner-import-save-one = تنزيل ما رفضه الاستيراد { $number }
partner-import-start = بدء الاستيراد ({ $count })
partner-import-start-what = يُنشأ مستخدم من كل صف يمكن استيراده، ويُرسل إليه بريد فيه رابط لتعيين كلمة مرور. يمكنك إيقاف ما لم يُنجز بعد؛ ومن أُنشئ يبقى.
partner-import-started = بدأ الاستيراد.
partner-imports = عمليات الاستيراد
partner-imports-none = لم يُستورد شيء بعد.
partner-import-number = الاستيراد { $number }
partner-import-progress = التقدم
partner-import-made = المستخدمون المنشأون: { $done } من { $all }
partner-import-mailed = الرسائل المرسلة: { $done } من { $all }، بحد أقصى { $most } في الدقيقة
partner-import-running = جارٍ
partner-import-done = مكتمل
partner-import-stopped = متوقف
partner-import-stop = إيقاف
partner-import-stop-one = إيقاف الاستيراد { $number }
partner-import-stop-what = لا يُنشأ مستخدم آخر ولا تُرسل رسالة أخرى. ومن أُنشئ يبقى.
partner-import-stopped-now = توقف الاستيراد.
partner-import-why-unreadable = لا يمكن قراءته
partner-import-why-bad-external-id = ليس معرّفًا من 1 إلى 64 محرفًا
partner-import-why-bad-email = ليس عنوان بريد
partner-import-why-bad-country = ليس بلدًا وفق ISO 3166
partner-import-why-country-not-served = بلد غير مخدوم
partner-import-why-bad-language = ليست لغة
partner-import-why-bad-name = اسم غير صالح
partner-import-why-already-imported = استُورد هذا المعرّف من قبل
partner-import-why-duplicate = مكرر في هذا الملف
partner-import-why-already-a-user = مستخدم بالفعل
partner-exports-intro = دفاتر شهر لمحاسبيك، وكل ما هو لك، للحفظ أو للمغادرة به.
partner-books = دفاتر شهر
partner-books-hint = كل قيد مسّ إيرادك أو خزينتك. يبدأ كل دفتر برصيد افتتاحي وينتهي برصيد ختامي وتحقق قيمته صفر.
partner-books-trading = التداول
partner-books-day = قيد واحد لكل يوم
partner-books-fill = قيد لكل تنفيذ
partner-books-save = تنزيل الدفاتر
partner-export-all = كل ما هو لك
partner-export-all-hint = المستخدمون الموافقون والحسابات والأوامر والتنفيذات والكشوف والنصوص والإعدادات، كلها عند تسلسل واحد. يوافق شخص آخر من الفريق ثم يُنشأ.
partner-export-ask = طلب تصدير
partner-act-export-brand = تصدير كل ما للعلامة
partner-exports-none = لا يوجد تصدير بعد.
partner-export-number = التصدير { $number }
partner-export-waiting = بالانتظار
partner-export-running = قيد الإنشاء
partner-export-done = مكتمل
partner-export-failed = فشل
partner-export-progress = { $done } من { $files } ملفات، { $rows } صفوف
partner-export-see = الملفات
partner-export-files = ملفات التصدير { $number }
partner-export-files-hint = في البيان بصمة كل ملف آخر؛ ويتحقق منها متصفحك عند التنزيل.
partner-export-rows = الصفوف
partner-export-bytes = البايتات
partner-export-save-one = تنزيل { $name }
partner-export-fetching = يجري جلب { $name }…
partner-export-right = حُفظ { $name }، وبصمته صحيحة.
partner-export-unchecked = حُفظ { $name }؛ ولم يُتحقق من بصمته هنا.
partner-export-wrong = بصمة { $name } غير مطابقة، ولم يُحفظ.
partner-export-wrong-do = حاول مجددًا. إن بقي الأمر كذلك فاكتب إلى المشغّل.
partner-holds = المحتجز والمصحَّح
partner-holds-hint = ما لا يُصرف لك ما دام موضع اعتراض.
partner-holds-none = لم يُحتجز شيء.
partner-hold-fills = التنفيذات
partner-hold-holds = محتجز
partner-hold-lifted = رُفع بالموافقة { $number }
partner-adjustments = التصحيحات
partner-adjustments-hint = لا يُغيَّر أي كشف: ما كان خطأ فيه يُصحَّح في يوم لاحق.
partner-adjustments-none = لم يُصحَّح شيء.
partner-adjustment-of = كشف يوم
partner-adjustment-root = جذره
partner-checks = المطابقات
partner-checks-hint = بعد كل يوم يُطابَق دفتر الأستاذ والمحرك والسجل بعضها ببعض.
partner-checks-none = لم يُطابَق أي يوم بعد.
partner-check-agrees = الكل متطابق
partner-check-differs = المشغّل يبحث فرقًا
partner-check-had = كان لدى مستخدميك
partner-check-hash = بصمة السجل
partner-sso-intro = يسجّل فريقك الدخول عبر مزوّد خاص بك (OpenID Connect). وتبقى كلمات المرور ومفاتيح المرور صالحة.
partner-sso-provider = المزوّد
partner-sso-on = مُعدّ
partner-sso-off = غير مُعدّ
partner-sso-issuer = المُصدر (issuer)
partner-sso-issuer-hint = ما يسبق ‎/.well-known/openid-configuration؛ يُسأل عند الحفظ
partner-sso-client = معرّف العميل
partner-sso-secret = سر العميل
partner-sso-secret-hint = يُحفظ مختومًا ولا يظهر ثانية. إن تُرك فارغًا فالعميل عام.
partner-sso-secret-again = يوجد سر. أدخله مجددًا مع كل تغيير؛ وإن تُرك فارغًا صار العميل عامًا.
partner-sso-claim = المطالبة (claim) التي تحمل الأدوار
partner-sso-claim-hint = فارغ: تُمنح الأدوار هنا فقط
partner-sso-values = معاني قيمها
partner-sso-values-hint = عند كل دخول تصير الأدوار المذكورة هنا كما تقول المطالبة، وتبقى سائر الأدوار. المالكون يُعيَّنون هنا، باثنين.
partner-sso-value = القيمة
partner-sso-add = إضافة قيمة
partner-sso-drop = إزالة القيمة { $value }
partner-sso-allow = عناوين يُسمح بها لدى المزوّد
partner-sso-saved = أجاب المزوّد وصار مُعدًّا.
partner-sso-test = جرّبه
partner-sso-test-hint = في لسان جديد تُنقل إلى المزوّد. وتعود مسجّل الدخول إن عرفك من هذا الفريق.
partner-sso-test-go = تسجيل الدخول عبر المزوّد
partner-sso-remove = إزالة المزوّد
partner-sso-remove-what = لن يسجّل أحد الدخول عبره بعد الآن، وتزول روابطه بفريقك. وتبقى كلمات المرور ومفاتيح المرور صالحة.
partner-sso-removed = أُزيل المزوّد.
partner-legal-intro = ما يقبله مستخدموك وفريقك. النسخة السارية تبقى كما هي، وتحل التالية محلها.
partner-legal-none = لم تنشر أي شروط بعد.
partner-legal-new = نسخة جديدة
partner-legal-new-hint = اكتب بلغة واحدة أو بكل اللغات؛ ومن يقرأ غيرها يرى الأقرب.
partner-legal-text = النص
partner-legal-terms = شروط الاستخدام
partner-legal-risk = تحذير من المخاطر
partner-legal-privacy = الخصوصية
partner-legal-trader = المستخدمون المتداولون
partner-legal-staff = فريقك
partner-legal-everywhere = كل بلد ليس له نص خاص
partner-legal-from = تسري من
partner-legal-material = تغيير جوهري: من قبل نسخة سابقة عليه قبول هذه أيضًا
partner-legal-is-material = جوهرية
partner-legal-asks = من وقتها يُطلب من كل من تعنيه قبولها، وتنتظر أوامر المستخدمين حتى يقبلوا. وبعد سريانها لا يمكن سحبها.
partner-legal-asks-not = من قبل نسخة سابقة لا يُسأل ثانية. وبعد سريانها لا يمكن سحبها.
partner-legal-published = نُشرت النسخة.
partner-legal-in-force = سارية
partner-legal-to-come = قادمة
partner-legal-past = مستبدلة
partner-legal-accepted = عدد القابلين
partner-legal-read = قراءة النسخة { $number }: { $language }
partner-legal-withdraw = سحب النسخة { $number }
partner-legal-withdraw-what = لم تسرِ بعد. تزول مع كل ما قُبل منها.
partner-legal-withdrawn = سُحبت النسخة.
partner-levels-name = تسمية المستويات
partner-levels-hint = ما يقرؤه مستخدموك بدل الرقم. ما يتطلبه المستوى يحدده المشغّل. فارغ: يبقى الاسم كما هو.
partner-levels-named = سُمّيت المستويات.
partner-fees-then = ما كان ساريًا حينها
partner-fees-then-hint = النسب التي وجدها أمر بهذا التسلسل.
partner-fees-then-of = نسب أمر بالتسلسل { $sequence }
partner-fees-then-none = لم تكن لك نسبة سارية بعد.
partner-own-tokens = أسماء رموزك
partner-own-tokens-hint = كيف يقرؤها الناس. الاسم القصير الذي تعرفه الأنظمة يبقى.
partner-rename = اسم آخر
partner-rename-one = اسم آخر لـ { $token }
partner-rename-name = الاسم للناس
partner-rename-asked = طُلب الاسم من المشغّل.
partner-user-texts-country = بلد الشروط
partner-user-texts-country-hint = شروط أي بلد تسري على هذا المستخدم
partner-user-country-set = تصحيح
partner-user-country-done = صُحّح البلد.
partner-version-of = النسخة { $version }
partner-version-see = عرض النسخة { $version }
partner-version-against = ما يختلف عن اليوم
partner-version-same = تقول ما هو منشور.
partner-log-walk = تتبّع السلسلة
partner-log-walk-how = تُحسب بصمة كل فعل من جديد من الأول، وتُقابل بكل ما وُقّع.
partner-log-whole = سليم
partner-log-broken = ليس ما وُقّع
partner-log-walked = أفعال متتابعة ببصماتها: { $acts }.
partner-log-signed = موقّع حتى الفعل { $acts }، بتاريخ
partner-log-unsigned = لم يُوقّع منه شيء بعد.
partner-erase = محو
partner-erase-what = يُمحى كل ما يُحفظ عن هذا المستخدم نهائيًا. يجب أن يكون الحساب فارغًا وبلا أوامر؛ وما تحتاجه الدفاتر يبقى بلا اسم.
partner-erased = مُحي المستخدم.
partner-body-in = النص، { $language }
