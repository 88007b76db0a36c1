# A user's own settings: security, keys, brokers, profile.
settings-pages = أقسام الإعدادات
settings-security = الأمان
settings-keys = مفاتيح API
settings-brokers = الوسطاء والتطبيقات
settings-profile = الملف الشخصي
settings-leave = إلغاء
settings-copy = نسخ
settings-copied = تم النسخ
settings-actions = الإجراءات

settings-totp = تطبيق المصادقة
settings-totp-on = مُعَد. تُطلب رموزه عند تسجيل الدخول.
settings-totp-off = غير مُعَد. يعرض تطبيق على هاتفك رمزًا جديدًا كل 30 ثانية.
settings-totp-set-up = إعداد التطبيق
settings-totp-remove = إزالة التطبيق
settings-totp-remove-ask = بدونه لا تحمي هذا الحساب إلا عواملك الأخرى.
settings-totp-how = امسح رمز QR بتطبيقك، أو افتح الرابط على هاتفك، أو أدخل المفتاح في التطبيق، ثم أدخل الرمز الذي يعرضه.
settings-totp-qr = رمز QR للمفتاح، لكاميرا تطبيقك
settings-totp-link = افتح في تطبيقي
settings-totp-key = المفتاح
settings-totp-code = الرمز الذي يعرضه التطبيق
settings-totp-confirm = تفعيل
settings-totp-done = فُعِّل تطبيق المصادقة

settings-passkeys = مفاتيح المرور
settings-passkeys-none = لا مفتاح مرور بعد. به تسجّل الدخول ببصمة الإصبع أو الوجه أو مفتاح أمان.
settings-passkey-name = اسم مفتاح المرور الجديد
settings-passkey-add = إضافة مفتاح مرور
settings-passkey-added = أُضيف مفتاح المرور
settings-passkey-stopped = لم يُنشأ مفتاح مرور
settings-passkey-stopped-why = أُوقف المتصفح، أو لديه مفتاح لهذا الحساب بالفعل.
settings-passkey-remove = إزالة
settings-passkey-remove-of = إزالة مفتاح المرور { $name }
settings-passkey-remove-ask = لن يتمكن من يملكه من تسجيل الدخول به.
settings-passkey-since = منذ { $time }
settings-passkey-unnamed = مفتاح مرور

settings-codes = رموز الاسترداد
settings-codes-left = { $count ->
        [0] لم يبقَ أي رمز.
        [zero] لم يبقَ أي رمز.
        [one] بقي رمز واحد. يصلح كل رمز مرة واحدة إذا فقدت التطبيق ومفاتيح المرور.
        [two] بقي رمزان. يصلح كل رمز مرة واحدة إذا فقدت التطبيق ومفاتيح المرور.
        [few] بقيت { $count } رموز. يصلح كل رمز مرة واحدة إذا فقدت التطبيق ومفاتيح المرور.
        [many] بقي { $count } رمزًا. يصلح كل رمز مرة واحدة إذا فقدت التطبيق ومفاتيح المرور.
       *[other] بقي { $count } رمز. يصلح كل رمز مرة واحدة إذا فقدت التطبيق ومفاتيح المرور.
      }
settings-codes-need = تأتي مع أول تطبيق أو مفتاح مرور لك.
settings-codes-new = إنشاء رموز جديدة
settings-codes-new-ask = لن تعمل الرموز التي لديك الآن.
settings-codes-title = رموز الاسترداد
settings-codes-keep = احفظها حيث لا يصل إليها غيرك. تُعرض هذه المرة فقط.
settings-codes-kept = حفظتها

settings-sessions = أين سجّلت الدخول
settings-session-device = الجهاز
settings-session-place = الشبكة
settings-session-since = منذ
settings-session-seen = آخر استخدام
settings-session-this = هذه
settings-session-end = إنهاء
settings-session-end-of = إنهاء الجلسة على { $name }
settings-session-ended = انتهت الجلسة
settings-sessions-end = إنهاء كل الجلسات الأخرى
settings-sessions-ended = { $count ->
        [0] لم تكن هناك جلسة أخرى.
        [zero] لم تكن هناك جلسة أخرى.
        [one] أُنهيت جلسة واحدة
        [two] أُنهيت جلستان
        [few] أُنهيت { $count } جلسات
        [many] أُنهيت { $count } جلسة
       *[other] أُنهيت { $count } جلسة
      }
settings-session-unknown = جهاز غير معروف

settings-keys-why = بالمفتاح يتصرف برنامج نيابة عنك. لا تمنحه أكثر مما يحتاج، وحدد العناوين التي يعمل منها.
settings-keys-none = ليس لديك مفتاح.
settings-key-new = مفتاح جديد
settings-key-name = الاسم
settings-key = المفتاح
settings-key-may = الصلاحيات
settings-key-addresses = العناوين
settings-key-anywhere = أي عنوان
settings-key-used = آخر استخدام
settings-key-never = أبدًا
settings-key-lapses = ينتهي في { $time } ما لم يُستخدم
settings-key-brokers = رمز الوسيط
settings-key-held = بحوزة { $broker }
settings-key-delete = حذف
settings-key-delete-of = حذف المفتاح { $name }
settings-key-delete-ask = تُرفض البرامج التي تستخدمه خلال ثانية. لا يمكن التراجع عن ذلك.
settings-key-deleted = حُذف المفتاح
settings-key-passphrase = عبارة المرور
settings-key-passphrase-hint = من 8 إلى 32 محرفًا: رقم وحرف صغير وحرف كبير ومحرف آخر. تحتاج إليها مع المفتاح.
settings-key-addresses-hint = تفصل بينها فواصل. ينتهي المفتاح الذي يتداول من أي عنوان بعد أسبوعين دون استخدام.
settings-key-broker = رمز أحد الوسطاء
settings-key-broker-hint = فقط إذا أعطاك وسيط رمزًا: عندها يكسب من أوامر هذا المفتاح.
settings-key-make = إنشاء المفتاح
settings-key-made = مفتاحك الجديد
settings-key-made-keep = احفظ السر الآن: يُعرض هذه المرة فقط.
settings-key-secret = السر
settings-key-kept = حفظته
settings-permission-read-only = قراءة
settings-permission-trade = تداول
settings-permission-withdraw = سحب
settings-permission-manage = إدارة

settings-consents = الوسطاء الذين يمكنهم الكسب منك
settings-consents-why = الوسيط الذي يظهر رمزه على أوامرك يحصل على جزء من الرسوم التي تدفعها. ورسومك بدونه هي نفسها.
settings-consents-none = لا يمكن لأي وسيط الكسب منك.
settings-consent-broker = الوسيط
settings-consent-cap = كحد أقصى
settings-consent-program = ما يدفعه برنامجه
settings-consent-since = تاريخ الموافقة
settings-consent-state = الحالة
settings-consent-earns = يكسب
settings-consent-later = يكسب ابتداءً من { $time }
settings-consent-refused = مرفوض
settings-consent-inactive = غير نشط
settings-consent-keys = المفاتيح
settings-consent-change = تعديل
settings-consent-change-of = تعديل ما يمكن أن يكسبه { $broker }
settings-consent-cap-percent = أعلى جزء من الرسوم، بالمئة
settings-consent-cap-hint = فارغ: ما يدفعه برنامجه.
settings-consent-agree = موافقة
settings-consent-agree-new = الموافقة على وسيط
settings-consent-read = اقرأ نصه
settings-consent-agreed = تمت الموافقة على { $broker }
settings-consent-refuse = رفض
settings-consent-refuse-of = رفض { $broker }
settings-consent-allow = السماح مجددًا
settings-consent-allow-of = السماح مجددًا لـ { $broker }
settings-consent-end = سحب الموافقة
settings-consent-end-of = سحب موافقتك على { $broker }
settings-consent-end-ask = تتوقف المفاتيح التي بحوزته، ولا يكسب من أي تنفيذ من الآن.
settings-consent-ended = سُحبت الموافقة على { $broker }
settings-refuse-all = رفض كل الوسطاء
settings-refuse-all-on = أنت ترفض كل الوسطاء: لا يحمل أي أمر لك رمزًا.
settings-refuse-all-end = السماح للوسطاء مجددًا

settings-grants = تطبيقات لها وصول
settings-grants-none = لا وصول لأي تطبيق إلى حسابك.
settings-grant-name = التطبيق
settings-grant-may = الصلاحيات
settings-grant-end = إنهاء الوصول
settings-grant-end-of = إنهاء الوصول: { $name }
settings-grant-end-ask = يخرج خلال ثانية، مع المفتاح الذي أنشأه. وتبقى أوامره: فهي لك.
settings-grant-ended = لم يعد لـ { $name } وصول
settings-scope-fast-api = إنشاء مفتاح API واحد
settings-scope-read-only = قراءة
settings-scope-trade = تداول

settings-email = البريد الإلكتروني
settings-name = الاسم
settings-name-hint = كما تخاطبك الرسائل.
settings-word = كلمتك الخاصة
settings-word-hint = تظهر في كل رسالة منا، لتعرف أنها منا.
settings-phone = الهاتف
settings-phone-hint = مع رمز البلد، مثل ‎+49 30 123456.
settings-mail-language = لغتك
settings-mail-language-hint = لغة الصفحات، والرسائل المتوفرة بها.
settings-display-currency = العملة التي تُعرض بها القيمة
settings-display-hint = للقراءة فقط، وتُحفظ في هذا المتصفح؛ أما المال فلا يتغير.
settings-save = حفظ
settings-saved = تم الحفظ

settings-notices = الإشعارات
settings-notices-what = ما تُبلَّغ به
settings-notices-about = يظهر عند الجرس في كل صفحة. وتستمر الرسائل كما كانت.
settings-notices-always = يُبلَّغ بهذا دائمًا، حتى لا يخفيه أحد عنك.
settings-notices-saved = حُفظ اختيارك
settings-terms = الشروط
settings-terms-open = بانتظار القبول
settings-terms-open-about = اقرأ كل نص واقبله. لا تُقبل الأوامر حتى تُقبل جميع النصوص الخاصة بالمتداولين.
settings-terms-open-none = لا شيء بانتظارك.
settings-terms-later = قادمة
settings-terms-later-about = لم تسرِ بعد. من يقبلها الآن لا يُسأل عنها ثانية.
settings-terms-past = ما قبلته
settings-terms-past-none = لم تقبل شيئًا حتى الآن.
settings-terms-text = النص
settings-terms-number = الإصدار
settings-terms-from = سارٍ من
settings-terms-when = وقت القبول
settings-terms-kind-terms = شروط الاستخدام
settings-terms-kind-risk = تحذير من المخاطر
settings-terms-kind-privacy = الخصوصية
settings-terms-role-staff = للموظفين
settings-terms-role-partner = لمالكي المنصة
settings-terms-role-broker = للوسطاء
settings-terms-accept = قبول
settings-terms-accept-of = قبول { $name }
settings-terms-done = تم القبول: { $name }
settings-terms-orders = أوامرك مقبولة من جديد.

## Added later
settings-password = كلمة المرور
settings-password-change = تغيير كلمة المرور
settings-password-now = كلمة المرور الحالية
settings-password-new = كلمة المرور الجديدة
settings-password-hint = 10 أحرف أو أكثر، منها 5 مختلفة
settings-password-wrong = هذه ليست كلمة مرورك، أو كثرت المحاولات: انتظر قليلًا.
settings-password-done = تم تغيير كلمة المرور
settings-password-ends = مع كلمة مرور جديدة تنتهي كل الجلسات الأخرى.
settings-address = عنوان البريد
settings-address-change = تغيير العنوان
settings-address-new = العنوان الجديد
settings-address-locks = بعد تغيير العنوان يُقفل السحب مدة حفاظًا على أمانك.
settings-address-send = إرسال الرموز
settings-address-sent = أرسلنا رمزًا إلى عنوانك الحالي ورمزًا آخر إلى { $email } ما لم يكن له حساب. كلاهما مطلوب.
settings-address-code-old = الرمز من عنوانك الحالي
settings-address-code-new = الرمز من العنوان الجديد
settings-address-done = تم تغيير عنوانك
settings-account = الحساب
settings-account-number = الحساب { $account }
settings-account-about = رقمه، للدعم ولمن يحتاج إلى العثور عليك.
settings-account-none = ليس لديك حساب تداول.
settings-account-why = جئت بدعوة. بحساب يمكنك تجربة هذه المنصة وتلقي المدفوعات.
settings-account-open = فتح حساب تداول
settings-account-opened = تم فتح حساب التداول
problem-already-open = لديك حساب تداول.
problem-already-open-do = أعد تحميل الصفحة.
settings-level = مستوى الرسوم
settings-level-about = كلما ارتفع مستواك انخفضت رسومك. يُقاس مرة في اليوم بما تتداوله وما تملكه.
settings-level-number = المستوى { $number }
settings-level-named = المستوى { $number }: { $name }
settings-level-unmeasured = لم يُقَس شيء بعد.
settings-level-measured = كما قيس في نهاية { $day } (UTC)
settings-level-next = يتطلب { $level }
settings-level-any = يكفي واحد منها.
settings-level-all = كلها مطلوبة.
settings-level-highest = لا يوجد مستوى أعلى.
settings-level-measure = المقياس
settings-level-has = لديك
settings-level-asks = المطلوب
settings-level-missing = الناقص
settings-level-volume = الحجم
settings-level-assets = الأصول
settings-level-token = الرموز المملوكة
settings-along = إذا انتقلت هذه المنصة
settings-along-about = قد تنتقل المنصة إلى مشغّل آخر. لا تنتقل بياناتك معها إلا إذا وافقت، ويمكنك سحب موافقتك.
settings-along-text = إذا انتقلت { $brand } إلى مشغّل آخر، فيجوز تسليمه بياناتي: عنواني وملفي وأرصدتي وسجل حسابي.
settings-along-agree = موافقة
settings-along-end = سحب الموافقة
settings-along-given = لقد وافقت
settings-along-taken = تم سحب موافقتك
settings-along-yes = وافقت في
settings-along-no = لم توافق: لن تنتقل إلا مجاميع بلا اسمك.
settings-erase = محو حسابي
settings-erase-about = كل ما يدل على هويتك يزول إلى الأبد، ولن يتداول أحد على الحساب بعد ذلك.
settings-erase-ask = محو
settings-erase-empty = يجب أن يكون الحساب وحساباته الفرعية فارغة وبلا أوامر مفتوحة.
settings-erase-goes = ما يزول
settings-erase-goes-personal = عنوانك واسمك وهاتفك وبلدك ولغتك وكلمتك الخاصة
settings-erase-goes-access = كلمة مرورك وعواملك الثانية ومفاتيح API وجلساتك ووصول التطبيقات
settings-erase-goes-mails = الرسائل التي أرسلناها إليك وإشعاراتك وتنبيهات الأسعار
settings-erase-stays = ما يجب أن يبقى
settings-erase-stays-books = الأوامر والتنفيذات والقيود، تحت رقم الحساب وحده: حسابات الآخرين مرتبطة بها
settings-erase-stays-closed = الحساب نفسه، متوقفًا إلى الأبد
settings-erase-stays-hash = علامة صُنعت من عنوانك ولا يُقرأ منها: تُعرف بها إن عدت
settings-erase-sure = أفهم أن هذا لا رجعة فيه.
settings-erase-yes = محو نهائي
settings-erase-done = تم محو حسابك
settings-bound = الوسيط الذي جئت عن طريقه
settings-bound-about = إن جاء بك وسيط إلى هنا فأدخل رمزه: ما يعيده من الرسوم لعملائه يصبح لك أيضًا.
settings-bound-none = لم تأتِ عن طريق وسيط.
settings-bound-enter = إدخال رمز
settings-bound-change = التغيير إلى رمز آخر
settings-bound-how = يسري من بداية الساعة القادمة.
settings-bound-waits = يسري التغيير بعد أيام؛ وحتى ذلك الحين يستمر رمزك الحالي.
settings-bound-code = رمز الوسيط
settings-bound-send = استخدام هذا الرمز
settings-bound-since = منذ { $time }
settings-bound-from = ابتداءً من { $time }
settings-bound-later = يسري { $code } ابتداءً من { $time }
problem-no-such-code = لا يوجد وسيط بهذا الرمز.
problem-no-such-code-do = اسأل الوسيط عن رمزه.
problem-bound-already = أنت تستخدم هذا الرمز.
problem-bound-already-do = لم يتغير شيء.
settings-country = البلد
settings-country-known = شروطه تسري عليك. إن كان خطأً فاكتب إلى الدعم.
settings-country-about = مكان إقامتك يحدد الشروط التي تسري عليك. يُذكر مرة واحدة.
settings-country-choose = مكان إقامتك
settings-country-yes = حفظ
settings-country-ask = هل تقيم في { $name }؟ لا يمكنك تغييره بنفسك بعد ذلك.
settings-country-done = تم حفظ بلدك
