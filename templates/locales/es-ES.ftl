# Spanish of Spain (es-ES), informal (tú). What is missing here comes from es.ftl. en.ftl explains the form.

## Parts of several mails

code =
    .expires =
        El código caduca en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }.
    .share = No compartas este código con nadie: nunca te lo pediremos.

link =
    .expires =
        El enlace caduca en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }.
    .not-you = Si no has sido tú, no abras el enlace. Puedes ignorar este correo.

invite =
    .expires =
        La invitación caduca en { $invitation-expires_in_days ->
            [one] un día
           *[other] { $invitation-expires_in_days } días
        }.
    .not-expected = Si no esperabas esta invitación, puedes ignorar este correo.

device_type =
    .desktop = ordenador
    .mobile = móvil
    .tablet = tablet

sign_in_method =
    .password = contraseña
    .email_code = código por correo
    .email_link = enlace por correo
    .phone_code = código por SMS
    .passkey = llave de acceso
    .totp = aplicación de autenticación
    .backup_code = código de respaldo
    .enterprise_sso = inicio de sesión único (SSO)
    .ticket = enlace de un solo uso
    .web3 = monedero de criptomonedas

notice =
    .not-you = ¿No has sido tú?

footer =
    .questions = ¿Tienes alguna duda? Escribe a { $brand-support_email }

## Codes

# .sms: “codigo” and “verificacion” without their accents, as SMS are written: GSM 03.38 does not have ó. As here in reset_password_code.
verification_code =
    .subject = { $otp_code } es tu código de verificación para { $app-name }
    .subject-without-code = Tu código de verificación para { $app-name }
    .title = Tu código de verificación
    .preview =
        { $otp_code } caduca en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }. No lo compartas con nadie.
    .lead = Introduce este código para continuar en { $app-name }:
    .not-you = Si no has sido tú, puedes ignorar este correo. Nadie puede iniciar sesión sin el código.
    .sms =
        { $otp_code } es tu codigo de verificacion para { $app-name }. Caduca en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }. No lo compartas con nadie.

reset_password_code =
    .subject = { $otp_code } es tu código para restablecer la contraseña de { $app-name }
    .subject-without-code = Tu código para restablecer la contraseña de { $app-name }
    .title = Restablece tu contraseña
    .preview =
        { $otp_code } caduca en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }. No lo compartas con nadie.
    .lead = Introduce este código para elegir una nueva contraseña en { $app-name }:
    .not-you = Si no has sido tú, puedes ignorar este correo. Tu contraseña no cambiará.
    .sms =
        { $otp_code } es tu codigo para restablecer la contraseña de { $app-name }. Caduca en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }. No lo compartas con nadie.

## Links

magic_link_user_profile =
    .subject = Confirma tu dirección de correo para { $app-name }
    .title = Confirma tu dirección de correo
    .preview = Abre el enlace para confirmar que esta dirección es tuya.
    .lead = Usa este enlace para confirmar que esta dirección de correo es tuya. Después la añadiremos a tu cuenta en { $app-name }.
    .button = Confirmar dirección

## Waitlist

waitlist_confirmation =
    .subject = Estás en la lista de espera de { $app-name }
    .title = Estás en la lista de espera
    .preview = Te escribiremos cuando tengas acceso.
    .lead = Gracias por tu interés. Te escribiremos en cuanto tengas acceso.
    .not-you = Si no lo has pedido tú, puedes ignorar este correo.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Se ha cambiado tu contraseña de { $app-name }
    .title = Se ha cambiado tu contraseña
    .preview = Si has sido tú, no tienes que hacer nada.
    .lead = A partir de ahora puedes iniciar sesión con tu nueva contraseña. Si has sido tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Restablece tu contraseña de inmediato.
    .sms = Se ha cambiado tu contraseña de { $app-name }. Si no reconoces este cambio, crea una nueva de inmediato.

password_removed =
    .subject = Se ha eliminado tu contraseña de { $app-name }
    .title = Se ha eliminado tu contraseña
    .preview = Si has sido tú, no tienes que hacer nada.
    .lead = Ya no puedes iniciar sesión con contraseña. Si has sido tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Inicia sesión y crea una nueva contraseña de inmediato.
    .sms = Se ha eliminado tu contraseña de { $app-name }. Si no reconoces este cambio, accede a tu cuenta y crea una nueva de inmediato.

passkey_added =
    .subject = Se ha añadido una llave de acceso para { $app-name }
    .title = Se ha añadido una llave de acceso
    .preview = Si has sido tú, no tienes que hacer nada.
    .lead = Ya puedes iniciar sesión con esta llave de acceso. Si has sido tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Inicia sesión y elimina la llave de acceso de inmediato.
    .sms = Hay una nueva llave de acceso para { $app-name }. Si no reconoces este cambio, accede a tu cuenta y elimina la llave de inmediato.

passkey_removed =
    .subject = Se ha eliminado una llave de acceso para { $app-name }
    .title = Se ha eliminado una llave de acceso
    .preview = Si has sido tú, no tienes que hacer nada.
    .lead = Ya no puedes iniciar sesión con esta llave de acceso. Si has sido tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Inicia sesión y revisa tus llaves de acceso de inmediato.
    .sms = Se ha eliminado una llave de acceso para { $app-name }. Si no reconoces este cambio, revisa tu cuenta de inmediato.

mfa_enabled =
    .subject = Verificación en dos pasos activada para { $app-name }
    .title = Verificación en dos pasos activada
    .preview = Si has sido tú, no tienes que hacer nada.
    .lead = A partir de ahora necesitas un segundo paso para iniciar sesión. Si has sido tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Restablece tu contraseña de inmediato.

primary_email_address_changed =
    .subject = Se ha cambiado tu dirección de correo en { $app-name }
    .title = Se ha cambiado tu dirección de correo
    .preview = Si has sido tú, no tienes que hacer nada.
    .lead = Tu cuenta tiene una nueva dirección de correo principal. Si has sido tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Inicia sesión y revisa tu cuenta de inmediato.
    .not-you-support = Es posible que otra persona tenga acceso a tu cuenta. Escribe a { $brand-support_email } de inmediato.

new_device_sign_in =
    .subject = Nuevo inicio de sesión en { $app-name }
    .title = Nuevo inicio de sesión en tu cuenta
    .preview = Si has sido tú, no tienes que hacer nada.
    .lead = Se ha iniciado sesión en tu cuenta desde un dispositivo nuevo. Si has sido tú, no tienes que hacer nada.
    .not-you = Cambia tu contraseña de inmediato.
    .not-you-revoke = Cierra la sesión de ese dispositivo y cambia tu contraseña de inmediato.
    .button = Cerrar esa sesión
    .support = ¿Necesitas ayuda? Escribe a { $support_email }

account_locked =
    .subject = Tu cuenta en { $app-name } está bloqueada
    .title = Tu cuenta está bloqueada
    .preview = Ha habido demasiados intentos fallidos de inicio de sesión.
    .lead = Ha habido demasiados intentos fallidos de inicio de sesión. Por ahora, nadie puede acceder a tu cuenta.
    .not-you = Es posible que otra persona esté intentando adivinar tu contraseña. Elige una nueva cuando tu cuenta se desbloquee.
