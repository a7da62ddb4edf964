# Canadian French (fr-CA), formal (vous). What is missing here comes from fr.ftl. en.ftl explains the form.

## Parts of several mails

link =
    .expires =
        Le lien expire dans { $ttl_minutes ->
            [one] { $ttl_minutes } minute
           *[other] { $ttl_minutes } minutes
        }.
    .not-you = Si vous n’êtes pas à l’origine de cette demande, n’ouvrez pas le lien. Vous pouvez ignorer ce courriel.

invite =
    .expires =
        L’invitation expire dans { $invitation-expires_in_days ->
            [one] { $invitation-expires_in_days } jour
           *[other] { $invitation-expires_in_days } jours
        }.
    .not-expected = Si vous n’attendiez pas cette invitation, vous pouvez ignorer ce courriel.

sign_in_method =
    .password = mot de passe
    .email_code = code par courriel
    .email_link = lien par courriel
    .phone_code = code par message texte
    .passkey = clé d’accès
    .totp = application d’authentification
    .backup_code = code de secours
    .enterprise_sso = authentification unique (SSO)
    .ticket = lien à usage unique
    .web3 = portefeuille crypto

notice =
    .not-you = Ce n’était pas vous?

footer =
    .questions = Des questions? Écrivez à { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } est votre code de vérification pour { $app-name }
    .subject-without-code = Votre code de vérification pour { $app-name }
    .title = Votre code de vérification
    .preview =
        { $otp_code } expire dans { $ttl_minutes ->
            [one] { $ttl_minutes } minute
           *[other] { $ttl_minutes } minutes
        }. Ne le communiquez à personne.
    .lead = Entrez ce code pour continuer sur { $app-name } :
    .not-you = Si vous n’êtes pas à l’origine de cette demande, vous pouvez ignorer ce courriel. Personne ne peut se connecter sans le code.
    .sms =
        { $otp_code } est votre code de vérification pour { $app-name }. Il expire dans { $ttl_minutes ->
            [one] { $ttl_minutes } minute
           *[other] { $ttl_minutes } minutes
        }. Ne le communiquez à personne.

reset_password_code =
    .subject = { $otp_code } est votre code de réinitialisation pour { $app-name }
    .subject-without-code = Votre code de réinitialisation pour { $app-name }
    .title = Réinitialisez votre mot de passe
    .preview =
        { $otp_code } expire dans { $ttl_minutes ->
            [one] { $ttl_minutes } minute
           *[other] { $ttl_minutes } minutes
        }. Ne le communiquez à personne.
    .lead = Entrez ce code pour choisir un nouveau mot de passe sur { $app-name } :
    .not-you = Si vous n’êtes pas à l’origine de cette demande, vous pouvez ignorer ce courriel. Votre mot de passe reste inchangé.
    .sms =
        { $otp_code } est votre code de réinitialisation du mot de passe pour { $app-name }. Il expire dans { $ttl_minutes ->
            [one] { $ttl_minutes } minute
           *[other] { $ttl_minutes } minutes
        }. Ne le communiquez à personne.

## Links

magic_link_sign_up =
    .subject = Finalisez votre inscription sur { $app-name }
    .title = Finalisez votre inscription
    .preview = Dernière étape : confirmez votre adresse courriel.
    .lead = Utilisez ce lien pour confirmer votre adresse courriel et finaliser votre inscription sur { $app-name }.
    .button = Finaliser l’inscription

magic_link_user_profile =
    .subject = Confirmez votre adresse courriel pour { $app-name }
    .title = Confirmez votre adresse courriel
    .preview = Ouvrez le lien pour confirmer que cette adresse est la vôtre.
    .lead = Utilisez ce lien pour confirmer que cette adresse courriel est la vôtre. Nous l’ajouterons ensuite à votre compte sur { $app-name }.
    .button = Confirmer l’adresse

## Waitlist

waitlist_confirmation =
    .subject = Vous êtes sur la liste d’attente pour { $app-name }
    .title = Vous êtes sur la liste d’attente
    .preview = Nous vous écrirons dès que votre accès sera prêt.
    .lead = Merci de votre intérêt. Nous vous écrirons dès que votre accès sera prêt.
    .not-you = Si vous n’êtes pas à l’origine de cette demande, vous pouvez ignorer ce courriel.

## Security notices: what happened, and what to do if it was somebody else

primary_email_address_changed =
    .subject = Votre adresse courriel pour { $app-name } a été modifiée
    .title = Votre adresse courriel a été modifiée
    .preview = Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .lead = Votre compte a une nouvelle adresse courriel principale. Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .not-you = Quelqu’un d’autre a peut-être accès à votre compte. Connectez-vous et vérifiez immédiatement votre compte.
    .not-you-support = Quelqu’un d’autre a peut-être accès à votre compte. Écrivez immédiatement à { $brand-support_email }.

new_device_sign_in =
    .subject = Nouvelle connexion à { $app-name }
    .title = Nouvelle connexion à votre compte
    .preview = Si vous êtes à l’origine de cette connexion, vous n’avez rien à faire.
    .lead = Une connexion à votre compte a eu lieu sur un nouvel appareil. Si vous êtes à l’origine de cette connexion, vous n’avez rien à faire.
    .not-you = Changez immédiatement votre mot de passe.
    .not-you-revoke = Déconnectez l’appareil et changez immédiatement votre mot de passe.
    .button = Déconnecter l’appareil
    .support = Besoin d’aide? Écrivez à { $support_email }
