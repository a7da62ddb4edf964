# Turkish (tr). en.ftl explains the form.

## Stand-ins

no-app-name = hizmetimiz
no-org-name = bir kuruluş
no-email_address = Bir kişi

## Dates

date-time =
    { $day } { $month ->
        [1] Ocak
        [2] Şubat
        [3] Mart
        [4] Nisan
        [5] Mayıs
        [6] Haziran
        [7] Temmuz
        [8] Ağustos
        [9] Eylül
        [10] Ekim
        [11] Kasım
       *[12] Aralık
    } { $year }, { $time } ({ $zone })

duration =
    .seconds = { $count } saniye
    .minutes = { $count } dakika
    .hours = { $count } saat
    .days = { $count } gün

## Parts of several mails

code =
    .expires = Kod { $ttl_minutes } dakika geçerlidir.
    .share = Bu kodu kimseyle paylaşmayın; kodu sizden asla istemeyiz.

link =
    .expires = Bağlantı { $ttl_minutes } dakika geçerlidir.
    .not-you = Bu isteği siz göndermediyseniz bağlantıyı açmayın. Bu e-postayı yok sayabilirsiniz.

button =
    .fallback = Düğme çalışmıyorsa bu adresi tarayıcınıza kopyalayın:

invite =
    .expires = Davet { $invitation-expires_in_days } gün geçerlidir.
    .not-expected = Bu daveti beklemiyorsanız e-postayı yok sayabilirsiniz.

details =
    .from-at = İstek { $requested_at } tarihinde { $requested_from } üzerinden gönderildi.
    .from = İstek { $requested_from } üzerinden gönderildi.
    .at = İstek { $requested_at } tarihinde gönderildi.

device =
    .browser-system = { $browser } ({ $system })

device_type =
    .desktop = bilgisayar
    .mobile = telefon
    .tablet = tablet

sign_in_method =
    .password = parola
    .email_code = e-posta kodu
    .email_link = e-posta bağlantısı
    .phone_code = SMS kodu
    .passkey = geçiş anahtarı
    .totp = kimlik doğrulama uygulaması
    .backup_code = yedek kod
    .enterprise_sso = tek oturum açma (SSO)
    .ticket = tek kullanımlık bağlantı
    .web3 = kripto cüzdanı

notice =
    .not-you = Bu siz değil miydiniz?

greeting =
    .named = Merhaba { $greeting_name },

label =
    .account = Hesap:
    .attempts = Başarısız denemeler:
    .device = Cihaz:
    .location = Konum:
    .lock-length = Kilit süresi:
    .locked-at = Kilitlenme zamanı:
    .locked-until = Kilidin açılacağı zaman:
    .method = Giriş yöntemi:
    .new-address = Yeni adres:
    .passkey = Geçiş anahtarı:
    .requested-from = İsteğin kaynağı:
    .time = Zaman:

footer =
    .questions = Sorunuz mu var? Bize yazın: { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code }, { $app-name } için doğrulama kodunuz
    .subject-without-code = { $app-name } için doğrulama kodunuz
    .title = Doğrulama kodunuz
    .preview = { $otp_code } kodu { $ttl_minutes } dakika geçerlidir. Kimseyle paylaşmayın.
    .lead = { $app-name } ile devam etmek için bu kodu girin:
    .not-you = Bu isteği siz göndermediyseniz e-postayı yok sayabilirsiniz. Kod olmadan kimse giriş yapamaz.
    .sms = { $otp_code }, { $app-name } icin dogrulama kodunuz. { $ttl_minutes } dakika gecerlidir. Kimseyle paylasmayin.

reset_password_code =
    .subject = { $otp_code }, { $app-name } için parola sıfırlama kodunuz
    .subject-without-code = { $app-name } için parola sıfırlama kodunuz
    .title = Parolanızı sıfırlayın
    .preview = { $otp_code } kodu { $ttl_minutes } dakika geçerlidir. Kimseyle paylaşmayın.
    .lead = Bu kodu girerek { $app-name } için yeni bir parola belirleyin:
    .not-you = Bu isteği siz göndermediyseniz e-postayı yok sayabilirsiniz. Parolanız değişmeyecek.
    .sms = { $otp_code }, { $app-name } icin parola sifirlama kodunuz. { $ttl_minutes } dakika gecerlidir. Kimseyle paylasmayin.

## Links

magic_link_sign_in =
    .subject = Giriş bağlantınız – { $app-name }
    .title = Giriş bağlantınız
    .preview = Giriş yapmak için bağlantıyı açın. Parola gerekmez.
    .lead = Bu bağlantıyla { $app-name } üzerindeki hesabınıza giriş yapabilirsiniz.
    .button = Giriş yap

magic_link_sign_up =
    .subject = Kaydınızı tamamlayın – { $app-name }
    .title = Kaydınızı tamamlayın
    .preview = Tek bir adım kaldı: E-posta adresinizi doğrulayın.
    .lead = Bu bağlantıyla e-posta adresinizi doğrulayıp { $app-name } için kaydınızı tamamlayabilirsiniz.
    .button = Kaydı tamamla

magic_link_user_profile =
    .subject = E-posta adresinizi doğrulayın – { $app-name }
    .title = E-posta adresinizi doğrulayın
    .preview = Bu adresin size ait olduğunu doğrulamak için bağlantıyı açın.
    .lead = Bu e-posta adresinin size ait olduğunu bu bağlantıyla doğrulayın. Ardından adres, { $app-name } üzerindeki hesabınıza eklenir.
    .button = Adresi doğrula

## Invitations

invitation =
    .subject = Size { $app-name } için bir davet gönderildi
    .title = Davet edildiniz
    .preview = Hesabınızı oluşturmak için daveti kabul edin.
    .lead = Size { $app-name } için bir davet gönderildi.
    .lead-from = { $inviter_name } size { $app-name } için bir davet gönderdi.
    .button = Daveti kabul et
    .sms = { $app-name } davetiniz: { $action_url }

waitlist_invitation =
    .subject = Sıranız geldi: { $app-name } için hesabınızı oluşturun
    .title = Sıranız geldi
    .preview = Beklediğiniz için teşekkür ederiz. Artık hesabınızı oluşturabilirsiniz.
    .lead = Beklediğiniz için teşekkür ederiz. Artık { $app-name } için hesabınızı oluşturabilirsiniz.
    .button = Hesap oluştur

organization_invitation =
    .subject = Size { $org-name } üyeliği için bir davet gönderildi
    .title = Davet edildiniz
    .preview = Üye olmak için daveti kabul edin.
    .lead = Size { $app-name } üzerinde { $org-name } üyeliği için bir davet gönderildi.
    .lead-from = { $inviter_name } sizi { $app-name } üzerinde { $org-name } üyesi olmaya davet ediyor.
    .button = Daveti kabul et

organization_invitation_accepted =
    .subject = { $email_address } artık { $org-name } üyesi
    .title = Davet kabul edildi
    .preview = Yapmanız gereken bir şey yok.
    .lead = { $email_address } artık { $app-name } üzerinde { $org-name } üyesi.
    .button = Uygulamayı aç

## Waitlist

waitlist_confirmation =
    .subject = Bekleme listesindesiniz – { $app-name }
    .title = Bekleme listesindesiniz
    .preview = Sıranız geldiğinde size yazacağız.
    .lead = İlginiz için teşekkür ederiz. Sıranız gelir gelmez size yazacağız.
    .not-you = Bu isteği siz göndermediyseniz e-postayı yok sayabilirsiniz.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Parolanız değiştirildi – { $app-name }
    .title = Parolanız değiştirildi
    .preview = Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .lead = Artık yeni parolanızla giriş yapabilirsiniz. Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .not-you = Hesabınıza başka biri erişmiş olabilir. Parolanızı hemen sıfırlayın.
    .sms = { $app-name } icin parolaniz degistirildi. Bu islemi siz yapmadiysaniz parolanizi hemen sifirlayin.

password_removed =
    .subject = Parolanız kaldırıldı – { $app-name }
    .title = Parolanız kaldırıldı
    .preview = Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .lead = Artık parolayla giriş yapamazsınız. Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .not-you = Hesabınıza başka biri erişmiş olabilir. Giriş yapıp hemen yeni bir parola belirleyin.
    .sms = { $app-name } icin parolaniz kaldirildi. Bu islemi siz yapmadiysaniz giris yapip hemen yeni bir parola belirleyin.

passkey_added =
    .subject = Geçiş anahtarı eklendi – { $app-name }
    .title = Geçiş anahtarı eklendi
    .preview = Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .lead = Artık bu geçiş anahtarıyla (passkey) giriş yapabilirsiniz. Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .not-you = Hesabınıza başka biri erişmiş olabilir. Giriş yapıp geçiş anahtarını hemen kaldırın.
    .sms = { $app-name } icin bir gecis anahtari eklendi. Bu islemi siz yapmadiysaniz giris yapip anahtari hemen kaldirin.

passkey_removed =
    .subject = Geçiş anahtarı kaldırıldı – { $app-name }
    .title = Geçiş anahtarı kaldırıldı
    .preview = Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .lead = Artık bu geçiş anahtarıyla (passkey) giriş yapamazsınız. Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .not-you = Hesabınıza başka biri erişmiş olabilir. Giriş yapıp geçiş anahtarlarınızı hemen kontrol edin.
    .sms = { $app-name } icin bir gecis anahtari kaldirildi. Bu islemi siz yapmadiysaniz giris yapip hesabinizi hemen kontrol edin.

mfa_enabled =
    .subject = İki adımlı doğrulama açıldı – { $app-name }
    .title = İki adımlı doğrulama açıldı
    .preview = Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .lead = Bundan sonra giriş yapmak için ikinci bir adım gerekir. Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .not-you = Hesabınıza başka biri erişmiş olabilir. Parolanızı hemen sıfırlayın.

primary_email_address_changed =
    .subject = E-posta adresiniz değiştirildi – { $app-name }
    .title = E-posta adresiniz değiştirildi
    .preview = Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .lead = Hesabınızın birincil e-posta adresi değişti. Bu işlemi siz yaptıysanız bir şey yapmanız gerekmez.
    .not-you = Hesabınıza başka biri erişmiş olabilir. Giriş yapıp hesabınızı hemen kontrol edin.
    .not-you-support = Hesabınıza başka biri erişmiş olabilir. Hemen şu adrese yazın: { $brand-support_email }

new_device_sign_in =
    .subject = Yeni bir cihazdan giriş yapıldı – { $app-name }
    .title = Hesabınıza yeni bir giriş yapıldı
    .preview = Girişi siz yaptıysanız bir şey yapmanız gerekmez.
    .lead = Hesabınıza yeni bir cihazdan giriş yapıldı. Girişi siz yaptıysanız bir şey yapmanız gerekmez.
    .not-you = Parolanızı hemen değiştirin.
    .not-you-revoke = Cihazın oturumunu kapatın ve parolanızı hemen değiştirin.
    .button = Cihazın oturumunu kapat
    .support = Yardıma mı ihtiyacınız var? Bize yazın: { $support_email }

account_locked =
    .subject = Hesabınız kilitlendi – { $app-name }
    .title = Hesabınız kilitlendi
    .preview = Çok fazla başarısız giriş denemesi yapıldı.
    .lead = Çok fazla başarısız giriş denemesi yapıldı. Şimdilik hesabınıza kimse giriş yapamaz.
    .not-you = Başka biri parolanızı tahmin etmeye çalışıyor olabilir. Hesabınızın kilidi açılır açılmaz yeni bir parola belirleyin.
