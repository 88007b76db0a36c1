# The partnership program for everybody, and applications to it.
partnership-heading = شغّل منصة تداول باسمك
partnership-intro = تشارك { $host } دفتر أوامرها وتقنيتها مع فرق تشغّل منصات تداول خاصة بها. وكل ما يلي مقروء مما هو سارٍ في هذه اللحظة.
partnership-apply = قدّم طلبًا
partnership-to-questions = عشرة أسئلة وأجوبتها
partnership-questions = أسئلة وأجوبة
partnership-places = { $left ->
    [zero] لا أماكن متبقية
    [one] بقي مكان واحد
    [two] بقي مكانان
    [few] بقيت { $left } أماكن
    [many] بقي { $left } مكانًا
   *[other] بقي { $left } مكان
  }
partnership-taken = شُغل { $taken } من { $quota }
partnership-stake = مبلغ الضمان لكل فريق
partnership-stake-back = يُعاد في النهاية بعد خصم المستحقات.
partnership-book = على دفتر الأوامر المشترك
partnership-brands = { $count ->
    [zero] لا علامات
    [one] علامة واحدة
    [two] علامتان
    [few] { $count } علامات
    [many] { $count } علامة
   *[other] { $count } علامة
  }
partnership-markets = { $count ->
    [zero] دون أسواق
    [one] في سوق واحد
    [two] في سوقين
    [few] في { $count } أسواق
    [many] في { $count } سوقًا
   *[other] في { $count } سوق
  }
partnership-until = مفتوح حتى
partnership-date = { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partnership-token-needed = مع عملة خاصة بك
partnership-token-free = إصدار عملة خاصة بك أمر اختياري.
partnership-closed = لا توجد مرحلة تستقبل الطلبات حاليًا. هنا تجد طريقة العمل؛ وعُد عند المرحلة التالية.
partnership-apply-hint = لا يلزم أن تعرف كل شيء الآن. تحصل على رابط تتابع به وتقدّم الطلب عند اكتماله.
partnership-steps = خطوات الطلب
partnership-step-contact = جهة الاتصال
partnership-step-team = الفريق والخطة
partnership-step-brand = العلامة
partnership-step-link = رابطك
partnership-contact = الشخص المسؤول
partnership-email = البريد الإلكتروني
partnership-phone = رقم الهاتف
partnership-team = فريقك
partnership-team-hint = من أنتم، وما الذي أنجزتموه حتى الآن
partnership-plan = خطتك
partnership-plan-hint = الأسواق والعملاء والبلدان
partnership-brand = اسم العلامة
partnership-brand-hint = الجزء الأول من عنوانها: أحرف لاتينية صغيرة وأرقام وشرطات
partnership-back = رجوع
partnership-next = التالي
partnership-begin = ابدأ الطلب
partnership-begun = بدأ طلبك { $reference }.
partnership-keep-link = احفظ هذا الرابط. يُعرض مرة واحدة، ومن يملكه يمكنه الاطلاع على طلبك وتعديله.
partnership-copy = نسخ الرابط
partnership-copied = تم النسخ
partnership-go-on = متابعة
partnership-application = الطلب { $reference }
partnership-no-link = افتح طلبك بالرابط الذي حصلت عليه.
partnership-way = الطريق إلى علامة عاملة
partnership-next-step = التالي: { $state }، بواسطة { $of }
partnership-claim = للمتابعة من هنا، سجّل الدخول وانسب هذا الطلب إلى حسابك: يُدفع مبلغ الضمان { $stake } { $asset } من حساب التداول الخاص بك.
partnership-checklist = قبل إطلاق العلامة
partnership-there = تم
partnership-open = متبقٍّ
partnership-item-domain = نطاق خاص بك، مُثبَتة ملكيته
partnership-item-logo = شعار
partnership-item-terms = شروط لمستخدميك
partnership-item-fees = الرسوم
partnership-item-staff = فريق بأدوار محددة
partnership-item-support = عنوان للدعم
partnership-item-test-order = أمر تجريبي
partnership-item-test-hour = ساعة تجريبية
partnership-save = حفظ
partnership-saved = تم الحفظ.
partnership-submit = تقديم
partnership-submitted = قُدِّم الطلب، والمشغّل يراجعه الآن.
partnership-withdraw = سحب الطلب
partnership-withdrawn = سُحب الطلب.
partnership-so-far = ما تم حتى الآن
partnership-state-draft = مسودة
partnership-state-submitted = مقدَّم
partnership-state-screening = قيد الفحص
partnership-state-deposit-pending = مقبول
partnership-state-deposit-locked = الضمان محجوز
partnership-state-contracted = وُقّع العقد
partnership-state-sandbox = قيد التجربة
partnership-state-verified = تم التحقق
partnership-state-live = يعمل
partnership-state-suspended = معلّق
partnership-state-offboarding = قيد المغادرة
partnership-state-closed = مغلق
partnership-state-refused = مرفوض
partnership-state-withdrawn = مسحوب
partnership-state-expired = منتهٍ
partnership-role-applicant = أنت
partnership-role-partner = الشريك
partnership-role-host = المشغّل
partnership-role-system = المنصة نفسها

## Added later
partnership-sign-in = سجّل الدخول للمتابعة
partnership-claim-it = انسبه إليّ
partnership-claimed = أصبح الطلب لك
partnership-lock = حجز مبلغ الضمان { $stake } { $asset }
partnership-staked = حُجز مبلغ الضمان، وأصبح لك مكان
partnership-read = اقرأ العقد
partnership-contract-about = الإصدار { $version }، لمدة { $days } يومًا، بمهلة إشعار { $notice } يومًا. تقبل هذا النص بعينه، ببصمته.
partnership-sign = قبول العقد
partnership-signed = تم القبول
partnership-leave = مغادرة
partnership-leave-about = تعيد المكان. ويُعاد مبلغ الضمان بعد مهلة الإشعار، بعد خصم المستحقات.
partnership-leave-yes = تقديم الإشعار
partnership-left = قُدِّم الإشعار
partnership-cancel = إلغاء
partnership-question-program = 1. ما الشراكة المفتوحة؟
partnership-answer-program = طريقة لامتلاك منصة دون بنائها. { $phase }؛ عدد الفرق: { $quota }. يفتح كل فريق علامته على تقنية جاهزة؛ ويأتي بنطاقه وشعاره ومن يديرون المنصة يومًا بيوم.
partnership-answer-program-closed = طريقة لامتلاك منصة دون بنائها. يفتح الفريق علامته على تقنية جاهزة؛ ويأتي بنطاقه وشعاره ومن يديرون المنصة يومًا بيوم.
partnership-question-provides = 2. ماذا يوفر { $host }؟
partnership-answer-provides = الجانب التقني كله:
partnership-provides-matching = مطابقة الأوامر؛ عدد الأسواق اليوم: { $instruments }
partnership-provides-counter = منفذ التداول: الحسابات والأرصدة وإدخال الأوامر وجداول الرسوم ومكاتب فريقك
partnership-provides-wallets = المحافظ الساخنة والباردة وحفظ جميع الأصول
partnership-provides-clearing = مقاصة كل تنفيذ، ودفتر حسابات يمكن التحقق منه
partnership-provides-support = دعم العملاء بعدة لغات
partnership-provides-compliance = التحقق من العملاء وتدابير ضد غسل الأموال
partnership-provides-maintenance = البحث والتطوير والصيانة
partnership-question-listing = 3. هل يمكننا إدراج عملات غير عملتنا؟
partnership-answer-listing = نعم. تختارون بأنفسكم ما يُتداول في علامتكم، عملتكم وأي عملات أخرى.
partnership-question-control = 4. هل نتحكم في منصتنا؟
partnership-answer-control = نعم. الإدارة والتشغيل والتسويق والإدراج لكم. ويوفر { $host } التقنية وصيانتها.
partnership-question-custody = 5. من يحفظ الأصول، وكيف يصلنا دخلنا؟
partnership-answer-custody = يبقى الإيداع والسحب والحفظ والمقاصة لدى { $host }، حتى لا يعتمد أي عميل على شريك في أصوله. ويُقاصّ دخلكم من التداول هناك ويُصرف لكم وفق جدول.
partnership-question-liquidity = 6. ما السيولة المشتركة وما فائدتها؟
partnership-answer-liquidity = دفتر أوامر واحد للجميع تلتقي فيه أوامر كل العلامات (عدد العلامات اليوم: { $brands }). لا تبدأ المنصة الجديدة بدفتر فارغ وفوارق واسعة وانتظار طويل، بل بعمق كل الآخرين.
partnership-question-volume = 7. كيف يُحسب حجمنا والدفتر مشترك؟
partnership-answer-volume = لكل علامة حسابها. من كل صفقة يكون لكم الطرف الذي كان فيه عميلكم؛ ومجموع الأرقام المنشورة يساوي ما جرى تداوله، فلا يُحسب شيء مرتين.
partnership-question-stake = 8. هل يكسب مبلغ الضمان شيئًا؟
partnership-answer-stake = لا. يبقى مبلغ الضمان { $stake } { $asset } في حساب مستقل ما دمتم شريكًا. لا مكافأة له ولا توزيع ولا حافز آخر، ولا يُحتسب لفئة أو تصويت. وفي النهاية يُعاد ناقصًا المستحق.
partnership-answer-stake-closed = لا. يبقى مبلغ الضمان في حساب مستقل ما دمتم شريكًا. لا مكافأة له ولا توزيع ولا حافز آخر، ولا يُحتسب لفئة أو تصويت. وفي النهاية يُعاد ناقصًا المستحق.
partnership-question-holders = 9. ماذا يجني حاملو { $asset } من ذلك؟
partnership-question-holders-closed = 9. ماذا يجني حاملو عملة المشغّل من ذلك؟
partnership-answer-holders = يصدر شركاء هذه المرحلة عملة خاصة بهم. يذهب { $holders } % من إيراد الشريك إلى حاملي عملته، و{ $host_holders } % من تلك العملة إلى حاملي { $asset }، ولهم حصتهم ما داموا يحتفظون بها.
partnership-answer-holders-none = لم يُتفق على شيء بشأن العملات والحصص في الشروط السارية.
partnership-question-apply = 10. كيف ننضم؟
partnership-answer-apply = الأماكن المتبقية: { $left } من { $quota }. مبلغ الضمان: { $stake } { $asset } لكل فريق، يُحجز بعد القبول. املأ النموذج أدناه، أو أرسل المحتوى نفسه إلى POST /program/v1/applications.
partnership-answer-apply-closed = فور فتح مرحلة، عبر النموذج في هذه الصفحة.
partnership-answer-apply-mail = بالبريد: أرسل إلى { $address } اسم جهة الاتصال ورقم هاتفها ووصفًا لفريقك.
