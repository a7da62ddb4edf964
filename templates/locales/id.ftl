# Indonesian (id), formal (Anda). en.ftl explains the form.

## Stand-ins

no-app-name = aplikasi kami
no-org-name = sebuah organisasi
no-email_address = Seseorang

## Dates

date-time =
    { $day } { $month ->
        [1] Januari
        [2] Februari
        [3] Maret
        [4] April
        [5] Mei
        [6] Juni
        [7] Juli
        [8] Agustus
        [9] September
        [10] Oktober
        [11] November
       *[12] Desember
    } { $year } pukul { $time } { $zone }

duration =
    .seconds = { $count } detik
    .minutes = { $count } menit
    .hours = { $count } jam
    .days = { $count } hari

## Parts of several mails

code =
    .expires = Kode ini berlaku selama { $ttl_minutes } menit.
    .share = Jangan berikan kode ini kepada siapa pun. Kami tidak akan pernah memintanya.

link =
    .expires = Tautan ini berlaku selama { $ttl_minutes } menit.
    .not-you = Jika bukan Anda yang memintanya, jangan buka tautan ini. Abaikan saja email ini.

button =
    .fallback = Jika tombol tidak berfungsi, salin alamat ini ke browser Anda:

invite =
    .expires = Undangan ini berlaku selama { $invitation-expires_in_days } hari.
    .not-expected = Jika Anda tidak mengenali undangan ini, abaikan saja email ini.

details =
    .from-at = Diminta pada { $requested_at } dari { $requested_from }.
    .from = Diminta dari { $requested_from }.
    .at = Diminta pada { $requested_at }.

device =
    .browser-system = { $browser } di { $system }

device_type =
    .desktop = komputer
    .mobile = ponsel
    .tablet = tablet

sign_in_method =
    .password = kata sandi
    .email_code = kode lewat email
    .email_link = tautan lewat email
    .phone_code = kode lewat SMS
    .passkey = kunci sandi
    .totp = aplikasi autentikator
    .backup_code = kode cadangan
    .enterprise_sso = single sign-on (SSO)
    .ticket = tautan sekali pakai
    .web3 = dompet kripto

notice =
    .not-you = Bukan Anda yang melakukannya?

greeting =
    .named = Halo { $greeting_name },

label =
    .account = Akun:
    .attempts = Upaya gagal:
    .device = Perangkat:
    .location = Lokasi:
    .lock-length = Lama penguncian:
    .locked-at = Dikunci pada:
    .locked-until = Dikunci hingga:
    .method = Masuk dengan:
    .new-address = Alamat email baru:
    .passkey = Kunci sandi:
    .requested-from = Diminta dari:
    .time = Waktu:

footer =
    .questions = Ada pertanyaan? Hubungi { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } adalah kode verifikasi Anda untuk { $app-name }
    .subject-without-code = Kode verifikasi Anda untuk { $app-name }
    .title = Kode verifikasi Anda
    .preview = { $otp_code } berlaku selama { $ttl_minutes } menit. Jangan berikan kode ini kepada siapa pun.
    .lead = Masukkan kode ini untuk melanjutkan ke { $app-name }:
    .not-you = Jika bukan Anda yang meminta kode ini, abaikan saja email ini. Tidak ada yang dapat masuk tanpa kode tersebut.
    .sms = { $otp_code } adalah kode verifikasi Anda untuk { $app-name }. Berlaku { $ttl_minutes } menit. Jangan berikan kepada siapa pun.

reset_password_code =
    .subject = { $otp_code } adalah kode atur ulang kata sandi { $app-name }
    .subject-without-code = Kode atur ulang kata sandi { $app-name }
    .title = Atur ulang kata sandi Anda
    .preview = { $otp_code } berlaku selama { $ttl_minutes } menit. Jangan berikan kode ini kepada siapa pun.
    .lead = Masukkan kode ini untuk membuat kata sandi baru di { $app-name }:
    .not-you = Jika bukan Anda yang meminta kode ini, abaikan saja email ini. Kata sandi Anda tidak akan berubah.
    .sms = { $otp_code } adalah kode atur ulang kata sandi { $app-name }. Berlaku { $ttl_minutes } menit. Jangan berikan kepada siapa pun.

## Links

magic_link_sign_in =
    .subject = Tautan untuk masuk ke { $app-name }
    .title = Tautan untuk masuk
    .preview = Buka tautan untuk masuk. Tidak perlu kata sandi.
    .lead = Gunakan tautan ini untuk masuk ke { $app-name }.
    .button = Masuk

magic_link_sign_up =
    .subject = Selesaikan pendaftaran Anda di { $app-name }
    .title = Selesaikan pendaftaran Anda
    .preview = Tinggal satu langkah lagi: konfirmasi alamat email Anda.
    .lead = Gunakan tautan ini untuk mengonfirmasi alamat email Anda dan menyelesaikan pendaftaran di { $app-name }.
    .button = Selesaikan pendaftaran

magic_link_user_profile =
    .subject = Konfirmasi alamat email Anda untuk { $app-name }
    .title = Konfirmasi alamat email Anda
    .preview = Buka tautan untuk mengonfirmasi bahwa alamat ini milik Anda.
    .lead = Gunakan tautan ini untuk mengonfirmasi bahwa alamat email ini milik Anda. Setelah itu, alamat ini akan ditambahkan ke akun Anda di { $app-name }.
    .button = Konfirmasi alamat

## Invitations

invitation =
    .subject = Anda diundang untuk bergabung dengan { $app-name }
    .title = Anda mendapat undangan
    .preview = Terima undangan untuk membuat akun Anda.
    .lead = Anda diundang untuk bergabung dengan { $app-name }.
    .lead-from = { $inviter_name } mengundang Anda untuk bergabung dengan { $app-name }.
    .button = Terima undangan
    .sms = Anda diundang untuk bergabung dengan { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Giliran Anda telah tiba: bergabunglah dengan { $app-name }
    .title = Giliran Anda telah tiba
    .preview = Terima kasih telah menunggu. Sekarang Anda dapat membuat akun.
    .lead = Terima kasih telah menunggu. Sekarang Anda dapat membuat akun di { $app-name }.
    .button = Buat akun

organization_invitation =
    .subject = Anda diundang untuk bergabung dengan { $org-name }
    .title = Anda mendapat undangan
    .preview = Terima undangan untuk menjadi anggota.
    .lead = Anda diundang untuk bergabung dengan { $org-name } di { $app-name }.
    .lead-from = { $inviter_name } mengundang Anda untuk bergabung dengan { $org-name } di { $app-name }.
    .button = Terima undangan

organization_invitation_accepted =
    .subject = { $email_address } kini menjadi anggota { $org-name }
    .title = Undangan diterima
    .preview = Tidak ada lagi yang perlu Anda lakukan.
    .lead = { $email_address } kini menjadi anggota { $org-name } di { $app-name }.
    .button = Buka { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Anda sudah masuk daftar tunggu { $app-name }
    .title = Anda sudah masuk daftar tunggu
    .preview = Kami akan mengirim email saat giliran Anda tiba.
    .lead = Terima kasih atas minat Anda. Kami akan mengirim email begitu giliran Anda tiba.
    .not-you = Jika Anda tidak memintanya, abaikan saja email ini.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Kata sandi Anda untuk { $app-name } telah diubah
    .title = Kata sandi Anda telah diubah
    .preview = Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .lead = Mulai sekarang, Anda dapat masuk dengan kata sandi baru. Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .not-you = Orang lain mungkin memiliki akses ke akun Anda. Segera atur ulang kata sandi Anda.
    .sms = Kata sandi Anda untuk { $app-name } telah diubah. Jika ini bukan Anda, segera atur ulang kata sandi.

password_removed =
    .subject = Kata sandi Anda untuk { $app-name } telah dihapus
    .title = Kata sandi Anda telah dihapus
    .preview = Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .lead = Anda tidak dapat lagi masuk dengan kata sandi. Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .not-you = Orang lain mungkin memiliki akses ke akun Anda. Segera masuk dan buat kata sandi baru.
    .sms = Kata sandi Anda untuk { $app-name } telah dihapus. Jika ini bukan Anda, segera masuk dan buat kata sandi baru.

passkey_added =
    .subject = Kunci sandi untuk { $app-name } telah ditambahkan
    .title = Kunci sandi telah ditambahkan
    .preview = Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .lead = Sekarang Anda dapat masuk dengan kunci sandi ini. Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .not-you = Orang lain mungkin memiliki akses ke akun Anda. Segera masuk dan hapus kunci sandi tersebut.
    .sms = Kunci sandi untuk { $app-name } telah ditambahkan. Jika ini bukan Anda, segera masuk dan hapus kunci sandi tersebut.

passkey_removed =
    .subject = Kunci sandi untuk { $app-name } telah dihapus
    .title = Kunci sandi telah dihapus
    .preview = Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .lead = Anda tidak dapat lagi masuk dengan kunci sandi ini. Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .not-you = Orang lain mungkin memiliki akses ke akun Anda. Segera masuk dan periksa kunci sandi Anda.
    .sms = Kunci sandi untuk { $app-name } telah dihapus. Jika ini bukan Anda, segera masuk dan periksa akun Anda.

mfa_enabled =
    .subject = Verifikasi dua langkah untuk { $app-name } telah aktif
    .title = Verifikasi dua langkah telah aktif
    .preview = Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .lead = Mulai sekarang, Anda memerlukan langkah kedua untuk masuk. Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .not-you = Orang lain mungkin memiliki akses ke akun Anda. Segera atur ulang kata sandi Anda.

primary_email_address_changed =
    .subject = Alamat email Anda untuk { $app-name } telah diubah
    .title = Alamat email Anda telah diubah
    .preview = Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .lead = Alamat email utama akun Anda telah diubah. Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .not-you = Orang lain mungkin memiliki akses ke akun Anda. Segera masuk dan periksa akun Anda.
    .not-you-support = Orang lain mungkin memiliki akses ke akun Anda. Segera hubungi { $brand-support_email }.

new_device_sign_in =
    .subject = Login baru ke { $app-name }
    .title = Login baru ke akun Anda
    .preview = Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .lead = Akun Anda digunakan untuk masuk di perangkat baru. Jika ini memang Anda, tidak ada yang perlu dilakukan.
    .not-you = Segera ubah kata sandi Anda.
    .not-you-revoke = Segera keluarkan perangkat itu dari akun Anda, lalu ubah kata sandi Anda.
    .button = Keluarkan perangkat itu
    .support = Butuh bantuan? Hubungi { $support_email }

account_locked =
    .subject = Akun Anda di { $app-name } terkunci
    .title = Akun Anda terkunci
    .preview = Terlalu banyak upaya masuk yang gagal.
    .lead = Terlalu banyak upaya masuk yang gagal. Untuk sementara, tidak ada yang dapat masuk ke akun Anda.
    .not-you = Orang lain mungkin sedang mencoba menebak kata sandi Anda. Segera buat kata sandi baru setelah akun Anda tidak terkunci lagi.
