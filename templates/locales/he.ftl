# Hebrew (he), without grammatical gender towards the reader ("יש ל…", "אפשר ל…"). en.ftl explains the form.

## Stand-ins

no-app-name = האפליקציה
no-org-name = אחד הארגונים
no-email_address = נמען ההזמנה

## Dates

date-time =
    { $day } { $month ->
        [1] בינואר
        [2] בפברואר
        [3] במרץ
        [4] באפריל
        [5] במאי
        [6] ביוני
        [7] ביולי
        [8] באוגוסט
        [9] בספטמבר
        [10] באוקטובר
        [11] בנובמבר
       *[12] בדצמבר
    } { $year } בשעה { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] שנייה אחת
            [two] שתי שניות
           *[other] { $count } שניות
        }
    .minutes =
        { $count ->
            [one] דקה אחת
            [two] שתי דקות
           *[other] { $count } דקות
        }
    .hours =
        { $count ->
            [one] שעה אחת
            [two] שעתיים
           *[other] { $count } שעות
        }
    .days =
        { $count ->
            [one] יום אחד
            [two] יומיים
           *[other] { $count } ימים
        }

## Parts of several mails

code =
    .expires =
        תוקף הקוד יפוג בעוד { $ttl_minutes ->
            [one] דקה אחת
            [two] שתי דקות
           *[other] { $ttl_minutes } דקות
        }.
    .share = אין לשתף את הקוד הזה עם אף אחד. לעולם לא נבקש אותו ממך.

link =
    .expires =
        תוקף הקישור יפוג בעוד { $ttl_minutes ->
            [one] דקה אחת
            [two] שתי דקות
           *[other] { $ttl_minutes } דקות
        }.
    .not-you = אם לא ביקשת את הקישור, אין לפתוח אותו. אפשר להתעלם מהאימייל הזה.

button =
    .fallback = אם הלחצן לא פועל, אפשר להעתיק את הכתובת הזו לדפדפן:

invite =
    .expires =
        תוקף ההזמנה יפוג בעוד { $invitation-expires_in_days ->
            [one] יום אחד
            [two] יומיים
           *[other] { $invitation-expires_in_days } ימים
        }.
    .not-expected = אם לא ציפית להזמנה הזו, אפשר להתעלם מהאימייל הזה.

details =
    .from-at = הבקשה נשלחה ב-{ $requested_at } מ-{ $requested_from }.
    .from = הבקשה נשלחה מ-{ $requested_from }.
    .at = הבקשה נשלחה ב-{ $requested_at }.

device =
    .browser-system = { "\u200F" }{ $browser } ב-{ $system }

device_type =
    .desktop = מחשב
    .mobile = טלפון
    .tablet = טאבלט

sign_in_method =
    .password = סיסמה
    .email_code = קוד באימייל
    .email_link = קישור באימייל
    .phone_code = קוד בהודעת SMS
    .passkey = מפתח גישה
    .totp = אפליקציית אימות
    .backup_code = קוד גיבוי
    .enterprise_sso = כניסה יחידה (SSO)
    .ticket = קישור חד-פעמי
    .web3 = ארנק קריפטו

notice =
    .not-you = לא ביצעת את הפעולה הזו?

greeting =
    .named = שלום { $greeting_name },

label =
    .account = חשבון:
    .attempts = ניסיונות שנכשלו:
    .device = מכשיר:
    .location = מיקום:
    .lock-length = משך הנעילה:
    .locked-at = מועד הנעילה:
    .locked-until = נעול עד:
    .method = שיטת הכניסה:
    .new-address = כתובת חדשה:
    .passkey = מפתח גישה:
    .requested-from = מקור הבקשה:
    .time = מועד:

footer =
    .questions = יש לך שאלות? אפשר לכתוב אל { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } הוא קוד האימות שלך עבור { $app-name }
    .subject-without-code = קוד האימות שלך עבור { $app-name }
    .title = קוד האימות שלך
    .preview =
        { $otp_code } – תוקף הקוד יפוג בעוד { $ttl_minutes ->
            [one] דקה אחת
            [two] שתי דקות
           *[other] { $ttl_minutes } דקות
        }. אין לשתף אותו עם אף אחד.
    .lead = כדי להמשיך אל { $app-name }, יש להזין את הקוד הזה:
    .not-you = אם לא ביקשת את הקוד, אפשר להתעלם מהאימייל הזה. אי אפשר להיכנס לחשבון בלי הקוד.
    .sms =
        { $otp_code }: קוד אימות עבור { $app-name }, תקף { $ttl_minutes ->
            [one] לדקה
            [two] ל-2 דקות
           *[other] ל-{ $ttl_minutes } דקות
        }

reset_password_code =
    .subject = { $otp_code } הוא הקוד לאיפוס הסיסמה לחשבון { $app-name } שלך
    .subject-without-code = הקוד לאיפוס הסיסמה לחשבון { $app-name } שלך
    .title = איפוס הסיסמה
    .preview =
        { $otp_code } – תוקף הקוד יפוג בעוד { $ttl_minutes ->
            [one] דקה אחת
            [two] שתי דקות
           *[other] { $ttl_minutes } דקות
        }. אין לשתף אותו עם אף אחד.
    .lead = כדי לבחור סיסמה חדשה לחשבון { $app-name } שלך, יש להזין את הקוד הזה:
    .not-you = אם לא ביקשת את הקוד, אפשר להתעלם מהאימייל הזה. הסיסמה שלך לא תשתנה.
    .sms = { $otp_code }: קוד לאיפוס הסיסמה עבור { $app-name }

## Links

magic_link_sign_in =
    .subject = קישור הכניסה שלך אל { $app-name }
    .title = קישור הכניסה שלך
    .preview = כדי להיכנס, יש לפתוח את הקישור. לא צריך סיסמה.
    .lead = הקישור הזה מאפשר לך להיכנס אל { $app-name }.
    .button = כניסה

magic_link_sign_up =
    .subject = השלמת ההרשמה אל { $app-name }
    .title = השלמת ההרשמה
    .preview = נשאר רק שלב אחד: אימות כתובת האימייל שלך.
    .lead = הקישור הזה מאפשר לך לאמת את כתובת האימייל שלך ולהשלים את ההרשמה אל { $app-name }.
    .button = השלמת ההרשמה

magic_link_user_profile =
    .subject = אימות כתובת האימייל לחשבון { $app-name } שלך
    .title = אימות כתובת האימייל שלך
    .preview = יש לפתוח את הקישור כדי לאשר שהכתובת הזו שייכת לך.
    .lead = הקישור הזה מאפשר לך לאשר שכתובת האימייל הזו שייכת לך. לאחר מכן נוסיף אותה לחשבון { $app-name } שלך.
    .button = אימות הכתובת

## Invitations

invitation =
    .subject = הוזמנת להצטרף אל { $app-name }
    .title = קיבלת הזמנה
    .preview = כדי ליצור חשבון, יש לאשר את ההזמנה.
    .lead = הוזמנת להצטרף אל { $app-name }.
    .lead-from = קיבלת מאת { $inviter_name } הזמנה להצטרף אל { $app-name }.
    .button = אישור ההזמנה
    .sms = הוזמנת להצטרף אל { $app-name }: { $action_url }

waitlist_invitation =
    .subject = התפנה מקום בשבילך: אפשר להצטרף אל { $app-name }
    .title = התפנה מקום בשבילך
    .preview = תודה על ההמתנה. עכשיו אפשר ליצור חשבון.
    .lead = תודה על ההמתנה. עכשיו אפשר ליצור חשבון { $app-name }.
    .button = יצירת חשבון

organization_invitation =
    .subject = הוזמנת להצטרף אל { $org-name }
    .title = קיבלת הזמנה
    .preview = כדי להצטרף לארגון, יש לאשר את ההזמנה.
    .lead = הוזמנת להצטרף אל { $org-name } דרך { $app-name }.
    .lead-from = קיבלת מאת { $inviter_name } הזמנה להצטרף אל { $org-name } דרך { $app-name }.
    .button = אישור ההזמנה

organization_invitation_accepted =
    .subject = הצטרפות חדשה אל { $org-name }: { $email_address }
    .title = ההזמנה אושרה
    .preview = לא צריך לעשות שום דבר נוסף.
    .lead = ההצטרפות של { $email_address } אל { $org-name } דרך { $app-name } הושלמה.
    .button = פתיחת { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = הצטרפת לרשימת ההמתנה של { $app-name }
    .title = הצטרפת לרשימת ההמתנה
    .preview = נכתוב לך כשיתפנה מקום בשבילך.
    .lead = תודה על ההתעניינות. נכתוב לך ברגע שיתפנה מקום בשבילך.
    .not-you = אם לא ביקשת להצטרף לרשימה, אפשר להתעלם מהאימייל הזה.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = הסיסמה לחשבון { $app-name } שלך שונתה
    .title = הסיסמה שלך שונתה
    .preview = אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .lead = מעכשיו אפשר להיכנס לחשבון עם הסיסמה החדשה. אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .not-you = ייתכן שלמישהו אחר יש גישה לחשבון שלך. יש לאפס את הסיסמה מיד.
    .sms = הסיסמה לחשבון { $app-name } שלך שונתה. לא ביצעת זאת? יש לאפס אותה מיד.

password_removed =
    .subject = הסיסמה לחשבון { $app-name } שלך הוסרה
    .title = הסיסמה שלך הוסרה
    .preview = אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .lead = כבר אי אפשר להיכנס לחשבון עם סיסמה. אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .not-you = ייתכן שלמישהו אחר יש גישה לחשבון שלך. יש להיכנס לחשבון ולהגדיר סיסמה חדשה מיד.
    .sms = הסיסמה לחשבון { $app-name } שלך הוסרה. לא ביצעת זאת? יש להגדיר חדשה מיד.

passkey_added =
    .subject = נוסף מפתח גישה לחשבון { $app-name } שלך
    .title = נוסף מפתח גישה
    .preview = אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .lead = מעכשיו אפשר להיכנס לחשבון עם מפתח הגישה הזה. אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .not-you = ייתכן שלמישהו אחר יש גישה לחשבון שלך. יש להיכנס לחשבון ולהסיר את מפתח הגישה מיד.
    .sms = נוסף מפתח גישה לחשבון { $app-name } שלך. לא ביצעת זאת? יש להסיר אותו מיד.

passkey_removed =
    .subject = מפתח גישה לחשבון { $app-name } שלך הוסר
    .title = הוסר מפתח גישה
    .preview = אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .lead = כבר אי אפשר להיכנס לחשבון עם מפתח הגישה הזה. אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .not-you = ייתכן שלמישהו אחר יש גישה לחשבון שלך. יש להיכנס לחשבון ולבדוק את מפתחות הגישה מיד.
    .sms = מפתח גישה לחשבון { $app-name } שלך הוסר. לא ביצעת זאת? יש לבדוק את החשבון.

mfa_enabled =
    .subject = האימות הדו-שלבי הופעל בחשבון { $app-name } שלך
    .title = האימות הדו-שלבי הופעל
    .preview = אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .lead = מעכשיו נדרש שלב נוסף כדי להיכנס לחשבון. אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .not-you = ייתכן שלמישהו אחר יש גישה לחשבון שלך. יש לאפס את הסיסמה מיד.

primary_email_address_changed =
    .subject = כתובת האימייל בחשבון { $app-name } שלך שונתה
    .title = כתובת האימייל שלך שונתה
    .preview = אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .lead = הוגדרה לחשבון שלך כתובת אימייל ראשית חדשה. אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .not-you = ייתכן שלמישהו אחר יש גישה לחשבון שלך. יש להיכנס לחשבון ולבדוק אותו מיד.
    .not-you-support = ייתכן שלמישהו אחר יש גישה לחשבון שלך. יש לכתוב מיד אל { $brand-support_email }.

new_device_sign_in =
    .subject = כניסה חדשה אל { $app-name }
    .title = כניסה חדשה לחשבון שלך
    .preview = אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .lead = זוהתה כניסה לחשבון שלך ממכשיר חדש. אם ביצעת את הפעולה הזו, לא צריך לעשות דבר.
    .not-you = יש לשנות את הסיסמה מיד.
    .not-you-revoke = יש לנתק את המכשיר ולשנות את הסיסמה מיד.
    .button = ניתוק המכשיר
    .support = דרושה לך עזרה? אפשר לכתוב אל { $support_email }

account_locked =
    .subject = חשבון { $app-name } שלך ננעל
    .title = החשבון שלך ננעל
    .preview = היו יותר מדי ניסיונות כניסה שנכשלו.
    .lead = היו יותר מדי ניסיונות כניסה שנכשלו. בינתיים אף אחד לא יכול להיכנס לחשבון שלך.
    .not-you = ייתכן שמישהו אחר מנסה לנחש את הסיסמה שלך. יש לבחור סיסמה חדשה מיד לאחר הסרת הנעילה של החשבון.
