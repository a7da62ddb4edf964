# Spanish of Latin America (es), informal (tú); es-ES.ftl has what differs in Spain. en.ftl explains the form.

## Stand-ins

no-app-name = nuestra app
no-org-name = una organización
no-email_address = Alguien

## Dates

date-time =
    { $day } de { $month ->
        [1] enero
        [2] febrero
        [3] marzo
        [4] abril
        [5] mayo
        [6] junio
        [7] julio
        [8] agosto
        [9] septiembre
        [10] octubre
        [11] noviembre
       *[12] diciembre
    } de { $year }, { $time } { $zone }

duration =
    .seconds =
        { $count ->
            [one] un segundo
           *[other] { $count } segundos
        }
    .minutes =
        { $count ->
            [one] un minuto
           *[other] { $count } minutos
        }
    .hours =
        { $count ->
            [one] una hora
           *[other] { $count } horas
        }
    .days =
        { $count ->
            [one] un día
           *[other] { $count } días
        }

## Parts of several mails

code =
    .expires =
        El código vence en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }.
    .share = No compartas este código con nadie: nunca te lo pediremos.

link =
    .expires =
        El enlace vence en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }.
    .not-you = Si no fuiste tú, no abras el enlace. Puedes ignorar este correo.

button =
    .fallback = Si el botón no funciona, copia esta dirección en tu navegador:

invite =
    .expires =
        La invitación vence en { $invitation-expires_in_days ->
            [one] un día
           *[other] { $invitation-expires_in_days } días
        }.
    .not-expected = Si no esperabas esta invitación, puedes ignorar este correo.

details =
    .from-at = Solicitud realizada el { $requested_at }, desde { $requested_from }.
    .from = Solicitud realizada desde { $requested_from }.
    .at = Solicitud realizada el { $requested_at }.

device =
    .browser-system = { $browser } en { $system }

device_type =
    .desktop = computadora
    .mobile = teléfono
    .tablet = tableta

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
    .web3 = billetera de criptomonedas

notice =
    .not-you = ¿No fuiste tú?

greeting =
    .named = Hola, { $greeting_name }:

label =
    .account = Cuenta:
    .attempts = Intentos fallidos:
    .device = Dispositivo:
    .location = Ubicación:
    .lock-length = Duración del bloqueo:
    .locked-at = Inicio del bloqueo:
    .locked-until = Fin del bloqueo:
    .method = Método de acceso:
    .new-address = Nueva dirección:
    .passkey = Llave de acceso:
    .requested-from = Solicitado desde:
    .time = Fecha y hora:

footer =
    .questions = ¿Tienes preguntas? Escribe a { $brand-support_email }

## Codes

# .sms: “codigo” and “verificacion” without their accents, as SMS are written: GSM 03.38 does not have ó. As here in reset_password_code.
verification_code =
    .subject = { $otp_code } es tu código de verificación para { $app-name }
    .subject-without-code = Tu código de verificación para { $app-name }
    .title = Tu código de verificación
    .preview =
        { $otp_code } vence en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }. No lo compartas con nadie.
    .lead = Ingresa este código para continuar en { $app-name }:
    .not-you = Si no fuiste tú, puedes ignorar este correo. Nadie puede iniciar sesión sin el código.
    .sms =
        { $otp_code } es tu codigo de verificacion para { $app-name }. Vence en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }. No lo compartas con nadie.

reset_password_code =
    .subject = { $otp_code } es tu código para restablecer la contraseña de { $app-name }
    .subject-without-code = Tu código para restablecer la contraseña de { $app-name }
    .title = Restablece tu contraseña
    .preview =
        { $otp_code } vence en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }. No lo compartas con nadie.
    .lead = Ingresa este código para elegir una nueva contraseña en { $app-name }:
    .not-you = Si no fuiste tú, puedes ignorar este correo. Tu contraseña no cambiará.
    .sms =
        { $otp_code } es tu codigo para restablecer la contraseña de { $app-name }. Vence en { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minutos
        }. No lo compartas con nadie.

## Links

magic_link_sign_in =
    .subject = Tu enlace para iniciar sesión en { $app-name }
    .title = Tu enlace para iniciar sesión
    .preview = Abre el enlace para iniciar sesión, sin contraseña.
    .lead = Usa este enlace para iniciar sesión en { $app-name }.
    .button = Iniciar sesión

magic_link_sign_up =
    .subject = Completa tu registro en { $app-name }
    .title = Completa tu registro
    .preview = Solo falta un paso: confirma tu dirección de correo.
    .lead = Usa este enlace para confirmar tu dirección de correo y completar tu registro en { $app-name }.
    .button = Completar registro

magic_link_user_profile =
    .subject = Confirma tu dirección de correo para { $app-name }
    .title = Confirma tu dirección de correo
    .preview = Abre el enlace para confirmar que esta dirección es tuya.
    .lead = Usa este enlace para confirmar que esta dirección de correo es tuya. Después la agregaremos a tu cuenta en { $app-name }.
    .button = Confirmar dirección

## Invitations

invitation =
    .subject = Tienes una invitación para unirte a { $app-name }
    .title = Tienes una invitación
    .preview = Acepta la invitación para crear tu cuenta.
    .lead = Tienes una invitación para unirte a { $app-name }.
    .lead-from = { $inviter_name } te invita a unirte a { $app-name }.
    .button = Aceptar invitación
    .sms = Te invitan a unirte a { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Ya tienes acceso: únete a { $app-name }
    .title = Ya tienes acceso
    .preview = Gracias por esperar. Ya puedes crear tu cuenta.
    .lead = Gracias por esperar. Ya puedes crear tu cuenta en { $app-name }.
    .button = Crear cuenta

organization_invitation =
    .subject = Tienes una invitación para unirte a { $org-name }
    .title = Tienes una invitación
    .preview = Acepta la invitación para unirte.
    .lead = Tienes una invitación para unirte a { $org-name } en { $app-name }.
    .lead-from = { $inviter_name } te invita a unirte a { $org-name } en { $app-name }.
    .button = Aceptar invitación

organization_invitation_accepted =
    .subject = { $email_address } ya forma parte de { $org-name }
    .title = Invitación aceptada
    .preview = No tienes que hacer nada más.
    .lead = { $email_address } ya forma parte de { $org-name } en { $app-name }.
    .button = Abrir { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Estás en la lista de espera de { $app-name }
    .title = Estás en la lista de espera
    .preview = Te escribiremos cuando tengas acceso.
    .lead = Gracias por tu interés. Te escribiremos en cuanto tengas acceso.
    .not-you = Si no lo pediste tú, puedes ignorar este correo.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Se cambió tu contraseña de { $app-name }
    .title = Se cambió tu contraseña
    .preview = Si fuiste tú, no tienes que hacer nada.
    .lead = A partir de ahora puedes iniciar sesión con tu nueva contraseña. Si fuiste tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Restablece tu contraseña de inmediato.
    .sms = Tu contraseña de { $app-name } fue modificada. Si no reconoces este cambio, crea una nueva de inmediato.

password_removed =
    .subject = Se eliminó tu contraseña de { $app-name }
    .title = Se eliminó tu contraseña
    .preview = Si fuiste tú, no tienes que hacer nada.
    .lead = Ya no puedes iniciar sesión con contraseña. Si fuiste tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Inicia sesión y crea una nueva contraseña de inmediato.
    .sms = Tu contraseña de { $app-name } fue eliminada. Si no reconoces este cambio, accede a tu cuenta y crea una nueva de inmediato.

passkey_added =
    .subject = Se agregó una llave de acceso para { $app-name }
    .title = Se agregó una llave de acceso
    .preview = Si fuiste tú, no tienes que hacer nada.
    .lead = Ya puedes iniciar sesión con esta llave de acceso. Si fuiste tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Inicia sesión y elimina la llave de acceso de inmediato.
    .sms = Hay una nueva llave de acceso para { $app-name }. Si no reconoces este cambio, accede a tu cuenta y elimina la llave de inmediato.

passkey_removed =
    .subject = Se eliminó una llave de acceso para { $app-name }
    .title = Se eliminó una llave de acceso
    .preview = Si fuiste tú, no tienes que hacer nada.
    .lead = Ya no puedes iniciar sesión con esta llave de acceso. Si fuiste tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Inicia sesión y revisa tus llaves de acceso de inmediato.
    .sms = Una llave de acceso para { $app-name } fue eliminada. Si no reconoces este cambio, revisa tu cuenta de inmediato.

mfa_enabled =
    .subject = Verificación en dos pasos activada para { $app-name }
    .title = Verificación en dos pasos activada
    .preview = Si fuiste tú, no tienes que hacer nada.
    .lead = A partir de ahora necesitas un segundo paso para iniciar sesión. Si fuiste tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Restablece tu contraseña de inmediato.

primary_email_address_changed =
    .subject = Se cambió tu dirección de correo en { $app-name }
    .title = Se cambió tu dirección de correo
    .preview = Si fuiste tú, no tienes que hacer nada.
    .lead = Tu cuenta tiene una nueva dirección de correo principal. Si fuiste tú, no tienes que hacer nada.
    .not-you = Es posible que otra persona tenga acceso a tu cuenta. Inicia sesión y revisa tu cuenta de inmediato.
    .not-you-support = Es posible que otra persona tenga acceso a tu cuenta. Escribe a { $brand-support_email } de inmediato.

new_device_sign_in =
    .subject = Nuevo inicio de sesión en { $app-name }
    .title = Nuevo inicio de sesión en tu cuenta
    .preview = Si fuiste tú, no tienes que hacer nada.
    .lead = Se inició sesión en tu cuenta desde un dispositivo nuevo. Si fuiste tú, no tienes que hacer nada.
    .not-you = Cambia tu contraseña de inmediato.
    .not-you-revoke = Cierra la sesión de ese dispositivo y cambia tu contraseña de inmediato.
    .button = Cerrar esa sesión
    .support = ¿Necesitas ayuda? Escribe a { $support_email }

account_locked =
    .subject = Tu cuenta en { $app-name } está bloqueada
    .title = Tu cuenta está bloqueada
    .preview = Hubo demasiados intentos fallidos de inicio de sesión.
    .lead = Hubo demasiados intentos fallidos de inicio de sesión. Por ahora, nadie puede acceder a tu cuenta.
    .not-you = Es posible que otra persona esté intentando adivinar tu contraseña. Elige una nueva cuando tu cuenta se desbloquee.
