# Arabic (ar). en.ftl explains the form.

## Stand-ins

no-app-name = تطبيقنا
no-org-name = إحدى المؤسسات
no-email_address = عضو جديد

## Dates

date-time =
    { $day } { $month ->
        [1] يناير
        [2] فبراير
        [3] مارس
        [4] أبريل
        [5] مايو
        [6] يونيو
        [7] يوليو
        [8] أغسطس
        [9] سبتمبر
        [10] أكتوبر
        [11] نوفمبر
       *[12] ديسمبر
    } { $year }، الساعة { $time } بتوقيت { $zone }

duration =
    .seconds =
        { $count ->
            [zero] أقل من ثانية
            [one] ثانية واحدة
            [two] ثانيتان
            [few] { $count } ثوانٍ
            [many] { $count } ثانية
           *[other] { $count } ثانية
        }
    .minutes =
        { $count ->
            [zero] أقل من دقيقة
            [one] دقيقة واحدة
            [two] دقيقتان
            [few] { $count } دقائق
            [many] { $count } دقيقة
           *[other] { $count } دقيقة
        }
    .hours =
        { $count ->
            [zero] أقل من ساعة
            [one] ساعة واحدة
            [two] ساعتان
            [few] { $count } ساعات
            [many] { $count } ساعة
           *[other] { $count } ساعة
        }
    .days =
        { $count ->
            [zero] أقل من يوم
            [one] يوم واحد
            [two] يومان
            [few] { $count } أيام
            [many] { $count } يومًا
           *[other] { $count } يوم
        }

## Parts of several mails

code =
    .expires =
        تنتهي صلاحية الرمز خلال { $ttl_minutes ->
            [zero] أقل من دقيقة
            [one] دقيقة واحدة
            [two] دقيقتين
            [few] { $ttl_minutes } دقائق
            [many] { $ttl_minutes } دقيقة
           *[other] { $ttl_minutes } دقيقة
        }.
    .share = يُرجى عدم مشاركة هذا الرمز مع أي شخص، فلن نطلبه منك أبدًا.

link =
    .expires =
        تنتهي صلاحية الرابط خلال { $ttl_minutes ->
            [zero] أقل من دقيقة
            [one] دقيقة واحدة
            [two] دقيقتين
            [few] { $ttl_minutes } دقائق
            [many] { $ttl_minutes } دقيقة
           *[other] { $ttl_minutes } دقيقة
        }.
    .not-you = إذا لم يكن هذا الطلب منك، فيُرجى عدم فتح الرابط. يمكنك تجاهل هذه الرسالة.

button =
    .fallback = إذا لم يعمل الزر، فيُرجى نسخ هذا الرابط ولصقه في المتصفح:

invite =
    .expires =
        تنتهي صلاحية الدعوة خلال { $invitation-expires_in_days ->
            [zero] أقل من يوم
            [one] يوم واحد
            [two] يومين
            [few] { $invitation-expires_in_days } أيام
            [many] { $invitation-expires_in_days } يومًا
           *[other] { $invitation-expires_in_days } يوم
        }.
    .not-expected = إذا لم تكن هذه الدعوة متوقعة، فيمكنك تجاهل هذه الرسالة.

details =
    .from-at = ورد هذا الطلب في { $requested_at } من { $requested_from }.
    .from = ورد هذا الطلب من { $requested_from }.
    .at = ورد هذا الطلب في { $requested_at }.

device =
    .browser-system = { "\u200F" }{ $browser } على { $system }

device_type =
    .desktop = كمبيوتر
    .mobile = هاتف
    .tablet = جهاز لوحي

sign_in_method =
    .password = كلمة المرور
    .email_code = رمز بالبريد الإلكتروني
    .email_link = رابط بالبريد الإلكتروني
    .phone_code = رمز برسالة نصية
    .passkey = مفتاح مرور
    .totp = تطبيق المصادقة
    .backup_code = رمز احتياطي
    .enterprise_sso = تسجيل دخول موحّد
    .ticket = رابط يُستخدم مرة واحدة
    .web3 = محفظة عملات رقمية

notice =
    .not-you = هل حدث ذلك دون علمك؟

greeting =
    .named = مرحبًا { $greeting_name }،

label =
    .account = الحساب:
    .attempts = المحاولات الفاشلة:
    .device = الجهاز:
    .location = المكان:
    .lock-length = مدة القفل:
    .locked-at = وقت القفل:
    .locked-until = مقفل حتى:
    .method = طريقة تسجيل الدخول:
    .new-address = العنوان الجديد:
    .passkey = مفتاح المرور:
    .requested-from = مصدر الطلب:
    .time = الوقت:

footer =
    .questions = للأسئلة والاستفسارات: { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } هو رمز التحقق الخاص بك في { $app-name }
    .subject-without-code = رمز التحقق الخاص بك في { $app-name }
    .title = رمز التحقق الخاص بك
    .preview =
        { $otp_code } تنتهي صلاحيته خلال { $ttl_minutes ->
            [zero] أقل من دقيقة
            [one] دقيقة واحدة
            [two] دقيقتين
            [few] { $ttl_minutes } دقائق
            [many] { $ttl_minutes } دقيقة
           *[other] { $ttl_minutes } دقيقة
        }. يُرجى عدم مشاركته مع أي شخص.
    .lead = يُرجى إدخال هذا الرمز للمتابعة إلى { $app-name }:
    .not-you = إذا لم يكن هذا الطلب منك، فيمكنك تجاهل هذه الرسالة. لا يمكن لأحد تسجيل الدخول من دون الرمز.
    .sms =
        { $otp_code } رمز التحقق في { $app-name }، صالح { $ttl_minutes ->
            [zero] لأقل من دقيقة
            [one] لدقيقة
            [two] لدقيقتين
            [few] لـ{ $ttl_minutes } دقائق
            [many] لـ{ $ttl_minutes } دقيقة
           *[other] لـ{ $ttl_minutes } دقيقة
        }

reset_password_code =
    .subject = { $otp_code } هو رمز إعادة تعيين كلمة مرورك في { $app-name }
    .subject-without-code = رمز إعادة تعيين كلمة مرورك في { $app-name }
    .title = إعادة تعيين كلمة المرور
    .preview =
        { $otp_code } تنتهي صلاحيته خلال { $ttl_minutes ->
            [zero] أقل من دقيقة
            [one] دقيقة واحدة
            [two] دقيقتين
            [few] { $ttl_minutes } دقائق
            [many] { $ttl_minutes } دقيقة
           *[other] { $ttl_minutes } دقيقة
        }. يُرجى عدم مشاركته مع أي شخص.
    .lead = يُرجى إدخال هذا الرمز لاختيار كلمة مرور جديدة في { $app-name }:
    .not-you = إذا لم يكن هذا الطلب منك، فيمكنك تجاهل هذه الرسالة. ستبقى كلمة مرورك كما هي.
    .sms = { $otp_code } رمز إعادة تعيين كلمة المرور في { $app-name }

## Links

magic_link_sign_in =
    .subject = رابط تسجيل دخولك إلى { $app-name }
    .title = رابط تسجيل دخولك
    .preview = يكفي فتح الرابط لتسجيل الدخول، ولا حاجة إلى كلمة مرور.
    .lead = يمكنك تسجيل الدخول إلى { $app-name } عبر هذا الرابط.
    .button = تسجيل الدخول

magic_link_sign_up =
    .subject = إكمال التسجيل في { $app-name }
    .title = إكمال التسجيل
    .preview = بقيت خطوة واحدة: تأكيد عنوان بريدك الإلكتروني.
    .lead = يمكنك تأكيد عنوان بريدك الإلكتروني وإكمال التسجيل في { $app-name } عبر هذا الرابط.
    .button = إكمال التسجيل

magic_link_user_profile =
    .subject = تأكيد عنوان بريدك الإلكتروني في { $app-name }
    .title = تأكيد عنوان بريدك الإلكتروني
    .preview = يكفي فتح الرابط لتأكيد أن هذا العنوان لك.
    .lead = يمكنك عبر هذا الرابط تأكيد أن عنوان البريد الإلكتروني هذا لك. وسنضيفه بعد ذلك إلى حسابك في { $app-name }.
    .button = تأكيد العنوان

## Invitations

invitation =
    .subject = دعوة للانضمام إلى { $app-name }
    .title = وصلتك دعوة
    .preview = لإنشاء حسابك، يُرجى قبول الدعوة.
    .lead = وصلتك دعوة للانضمام إلى { $app-name }.
    .lead-from = وصلتك دعوة من { $inviter_name } للانضمام إلى { $app-name }.
    .button = قبول الدعوة
    .sms = دعوة للانضمام إلى { $app-name }: { $action_url }

waitlist_invitation =
    .subject = حان دورك: يمكنك الآن الانضمام إلى { $app-name }
    .title = حان دورك
    .preview = شكرًا على الانتظار. يمكنك الآن إنشاء حسابك.
    .lead = شكرًا على الانتظار. يمكنك الآن إنشاء حسابك في { $app-name }.
    .button = إنشاء حساب

organization_invitation =
    .subject = دعوة للانضمام إلى { $org-name }
    .title = وصلتك دعوة
    .preview = للانضمام إلى الأعضاء، يُرجى قبول الدعوة.
    .lead = وصلتك دعوة للانضمام إلى { $org-name } على { $app-name }.
    .lead-from = وصلتك دعوة من { $inviter_name } للانضمام إلى { $org-name } على { $app-name }.
    .button = قبول الدعوة

organization_invitation_accepted =
    .subject = انضمام { $email_address } إلى { $org-name }
    .title = تم قبول الدعوة
    .preview = لا يلزم اتخاذ أي إجراء.
    .lead = تم انضمام { $email_address } إلى { $org-name } على { $app-name }.
    .button = فتح { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = تمت إضافتك إلى قائمة الانتظار في { $app-name }
    .title = تمت إضافتك إلى قائمة الانتظار
    .preview = سنراسلك عندما يحين دورك.
    .lead = شكرًا على اهتمامك. سنراسلك فور أن يحين دورك.
    .not-you = إذا لم يكن هذا الطلب منك، فيمكنك تجاهل هذه الرسالة.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = تم تغيير كلمة مرورك في { $app-name }
    .title = تم تغيير كلمة مرورك
    .preview = إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .lead = يمكنك من الآن تسجيل الدخول بكلمة المرور الجديدة. إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .not-you = ربما تمكّن شخص آخر من الوصول إلى حسابك. يُرجى إعادة تعيين كلمة المرور فورًا.
    .sms = تم تغيير كلمة مرورك في { $app-name }. إذا حدث ذلك دون علمك، فيُرجى إعادة تعيينها فورًا.

password_removed =
    .subject = تمت إزالة كلمة مرورك في { $app-name }
    .title = تمت إزالة كلمة مرورك
    .preview = إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .lead = لم يعد تسجيل الدخول بكلمة مرور ممكنًا. إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .not-you = ربما تمكّن شخص آخر من الوصول إلى حسابك. يُرجى تسجيل الدخول وتعيين كلمة مرور جديدة فورًا.
    .sms = تمت إزالة كلمة مرورك في { $app-name }. إذا حدث ذلك دون علمك، فيُرجى تسجيل الدخول وتعيين كلمة مرور جديدة فورًا.

passkey_added =
    .subject = تمت إضافة مفتاح مرور إلى حسابك في { $app-name }
    .title = تمت إضافة مفتاح مرور
    .preview = إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .lead = يمكنك الآن تسجيل الدخول بمفتاح المرور هذا. إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .not-you = ربما تمكّن شخص آخر من الوصول إلى حسابك. يُرجى تسجيل الدخول وإزالة مفتاح المرور فورًا.
    .sms = تمت إضافة مفتاح مرور في { $app-name }. إذا حدث ذلك دون علمك، فيُرجى تسجيل الدخول وإزالته فورًا.

passkey_removed =
    .subject = تمت إزالة مفتاح مرور من حسابك في { $app-name }
    .title = تمت إزالة مفتاح مرور
    .preview = إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .lead = لم يعد تسجيل الدخول بمفتاح المرور هذا ممكنًا. إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .not-you = ربما تمكّن شخص آخر من الوصول إلى حسابك. يُرجى تسجيل الدخول والتحقق من مفاتيح المرور فورًا.
    .sms = تمت إزالة مفتاح مرور في { $app-name }. إذا حدث ذلك دون علمك، فيُرجى تسجيل الدخول وتفقّد حسابك فورًا.

mfa_enabled =
    .subject = تم تفعيل التحقق بخطوتين في { $app-name }
    .title = تم تفعيل التحقق بخطوتين
    .preview = إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .lead = من الآن فصاعدًا، يتطلب تسجيل الدخول خطوة ثانية. إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .not-you = ربما تمكّن شخص آخر من الوصول إلى حسابك. يُرجى إعادة تعيين كلمة المرور فورًا.

primary_email_address_changed =
    .subject = تم تغيير عنوان بريدك الإلكتروني في { $app-name }
    .title = تم تغيير عنوان بريدك الإلكتروني
    .preview = إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .lead = لحسابك الآن عنوان بريد إلكتروني أساسي جديد. إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .not-you = ربما تمكّن شخص آخر من الوصول إلى حسابك. يُرجى تسجيل الدخول والتحقق من حسابك فورًا.
    .not-you-support = ربما تمكّن شخص آخر من الوصول إلى حسابك. يُرجى مراسلة { $brand-support_email } فورًا.

new_device_sign_in =
    .subject = تسجيل دخول جديد إلى { $app-name }
    .title = تسجيل دخول جديد إلى حسابك
    .preview = إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .lead = تم تسجيل الدخول إلى حسابك من جهاز جديد. إذا كنت من قام بذلك، فلا يلزم اتخاذ أي إجراء.
    .not-you = يُرجى تغيير كلمة المرور فورًا.
    .not-you-revoke = يُرجى تسجيل الخروج من ذلك الجهاز وتغيير كلمة المرور فورًا.
    .button = تسجيل الخروج من الجهاز
    .support = للمساعدة: { $support_email }

account_locked =
    .subject = تم قفل حسابك في { $app-name }
    .title = تم قفل حسابك
    .preview = تم رصد عدد كبير جدًا من محاولات تسجيل الدخول الفاشلة.
    .lead = تم رصد عدد كبير جدًا من محاولات تسجيل الدخول الفاشلة. لا يمكن لأحد حاليًا تسجيل الدخول إلى حسابك.
    .not-you = ربما يحاول شخص آخر تخمين كلمة مرورك. يُرجى اختيار كلمة مرور جديدة فور إلغاء قفل حسابك.
