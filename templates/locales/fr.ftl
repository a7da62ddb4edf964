# French (fr), formal (vous). en.ftl explains the form.

## Stand-ins

no-app-name = notre application
no-org-name = une organisation
no-email_address = Une personne

## Dates

date-time =
    { $day ->
        [1] 1er
       *[other] { $day }
    } { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[12] décembre
    } { $year } à { $time } { $zone }

duration =
    .seconds =
        { $count ->
            [one] { $count } seconde
           *[other] { $count } secondes
        }
    .minutes =
        { $count ->
            [one] { $count } minute
           *[other] { $count } minutes
        }
    .hours =
        { $count ->
            [one] { $count } heure
           *[other] { $count } heures
        }
    .days =
        { $count ->
            [one] { $count } jour
           *[other] { $count } jours
        }

## Parts of several mails

code =
    .expires =
        Ce code expire dans { $ttl_minutes ->
            [one] { $ttl_minutes } minute
           *[other] { $ttl_minutes } minutes
        }.
    .share = Ne communiquez ce code à personne : nous ne vous le demanderons jamais.

link =
    .expires =
        Le lien expire dans { $ttl_minutes ->
            [one] { $ttl_minutes } minute
           *[other] { $ttl_minutes } minutes
        }.
    .not-you = Si vous n’êtes pas à l’origine de cette demande, n’ouvrez pas le lien. Vous pouvez ignorer cet e-mail.

button =
    .fallback = Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :

invite =
    .expires =
        L’invitation expire dans { $invitation-expires_in_days ->
            [one] { $invitation-expires_in_days } jour
           *[other] { $invitation-expires_in_days } jours
        }.
    .not-expected = Si vous n’attendiez pas cette invitation, vous pouvez ignorer cet e-mail.

details =
    .from-at = Demande effectuée le { $requested_at } depuis { $requested_from }.
    .from = Demande effectuée depuis { $requested_from }.
    .at = Demande effectuée le { $requested_at }.

device =
    .browser-system = { $browser } sur { $system }

device_type =
    .desktop = ordinateur
    .mobile = téléphone
    .tablet = tablette

sign_in_method =
    .password = mot de passe
    .email_code = code par e-mail
    .email_link = lien par e-mail
    .phone_code = code par SMS
    .passkey = clé d’accès
    .totp = application d’authentification
    .backup_code = code de secours
    .enterprise_sso = authentification unique (SSO)
    .ticket = lien à usage unique
    .web3 = portefeuille crypto

notice =
    .not-you = Ce n’était pas vous ?

greeting =
    .named = Bonjour { $greeting_name },

label =
    .account = Compte :
    .attempts = Tentatives infructueuses :
    .device = Appareil :
    .location = Lieu :
    .lock-length = Durée du verrouillage :
    .locked-at = Début du verrouillage :
    .locked-until = Fin du verrouillage :
    .method = Méthode de connexion :
    .new-address = Nouvelle adresse :
    .passkey = Clé d’accès :
    .requested-from = Demande depuis :
    .time = Date et heure :

footer =
    .questions = Des questions ? Écrivez à { $brand-support_email }

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
    .lead = Saisissez ce code pour continuer sur { $app-name } :
    .not-you = Si vous n’êtes pas à l’origine de cette demande, vous pouvez ignorer cet e-mail. Personne ne peut se connecter sans le code.
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
    .lead = Saisissez ce code pour choisir un nouveau mot de passe sur { $app-name } :
    .not-you = Si vous n’êtes pas à l’origine de cette demande, vous pouvez ignorer cet e-mail. Votre mot de passe reste inchangé.
    .sms =
        { $otp_code } est votre code de réinitialisation du mot de passe pour { $app-name }. Il expire dans { $ttl_minutes ->
            [one] { $ttl_minutes } minute
           *[other] { $ttl_minutes } minutes
        }. Ne le communiquez à personne.

## Links

magic_link_sign_in =
    .subject = Votre lien de connexion pour { $app-name }
    .title = Votre lien de connexion
    .preview = Ouvrez le lien pour vous connecter, sans mot de passe.
    .lead = Utilisez ce lien pour vous connecter à { $app-name }.
    .button = Se connecter

magic_link_sign_up =
    .subject = Finalisez votre inscription sur { $app-name }
    .title = Finalisez votre inscription
    .preview = Dernière étape : confirmez votre adresse e-mail.
    .lead = Utilisez ce lien pour confirmer votre adresse e-mail et finaliser votre inscription sur { $app-name }.
    .button = Finaliser l’inscription

magic_link_user_profile =
    .subject = Confirmez votre adresse e-mail pour { $app-name }
    .title = Confirmez votre adresse e-mail
    .preview = Ouvrez le lien pour confirmer que cette adresse est la vôtre.
    .lead = Utilisez ce lien pour confirmer que cette adresse e-mail est la vôtre. Nous l’ajouterons ensuite à votre compte sur { $app-name }.
    .button = Confirmer l’adresse

## Invitations

invitation =
    .subject = Votre invitation à rejoindre { $app-name }
    .title = Vous avez reçu une invitation
    .preview = Acceptez l’invitation pour créer votre compte.
    .lead = Vous avez reçu une invitation à rejoindre { $app-name }.
    .lead-from = { $inviter_name } vous invite à rejoindre { $app-name }.
    .button = Accepter l’invitation
    .sms = Votre invitation à rejoindre { $app-name } : { $action_url }

waitlist_invitation =
    .subject = Votre accès est prêt : rejoignez { $app-name }
    .title = Votre accès est prêt
    .preview = Merci de votre patience. Vous pouvez maintenant créer votre compte.
    .lead = Merci de votre patience. Vous pouvez maintenant créer votre compte sur { $app-name }.
    .button = Créer un compte

organization_invitation =
    .subject = Votre invitation à rejoindre { $org-name }
    .title = Vous avez reçu une invitation
    .preview = Acceptez l’invitation pour devenir membre.
    .lead = Vous avez reçu une invitation à rejoindre { $org-name } sur { $app-name }.
    .lead-from = { $inviter_name } vous invite à rejoindre { $org-name } sur { $app-name }.
    .button = Accepter l’invitation

organization_invitation_accepted =
    .subject = { $email_address } a rejoint { $org-name }
    .title = Invitation acceptée
    .preview = Vous n’avez rien d’autre à faire.
    .lead = { $email_address } a rejoint { $org-name } sur { $app-name }.
    .button = Ouvrir { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Vous êtes sur la liste d’attente pour { $app-name }
    .title = Vous êtes sur la liste d’attente
    .preview = Nous vous écrirons dès que votre accès sera prêt.
    .lead = Merci de votre intérêt. Nous vous écrirons dès que votre accès sera prêt.
    .not-you = Si vous n’êtes pas à l’origine de cette demande, vous pouvez ignorer cet e-mail.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Votre mot de passe pour { $app-name } a été modifié
    .title = Votre mot de passe a été modifié
    .preview = Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .lead = Vous pouvez désormais vous connecter avec votre nouveau mot de passe. Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .not-you = Quelqu’un d’autre a peut-être accès à votre compte. Réinitialisez immédiatement votre mot de passe.
    .sms = Votre mot de passe pour { $app-name } a été modifié. Si ce n'était pas vous, réinitialisez-le immédiatement.

password_removed =
    .subject = Votre mot de passe pour { $app-name } a été supprimé
    .title = Votre mot de passe a été supprimé
    .preview = Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .lead = Vous ne pouvez plus vous connecter avec un mot de passe. Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .not-you = Quelqu’un d’autre a peut-être accès à votre compte. Connectez-vous et définissez immédiatement un nouveau mot de passe.
    .sms = Votre mot de passe pour { $app-name } a été supprimé. Si ce n'était pas vous, connectez-vous et choisissez-en immédiatement un nouveau.

passkey_added =
    .subject = Une clé d’accès pour { $app-name } a été ajoutée
    .title = Une clé d’accès a été ajoutée
    .preview = Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .lead = Vous pouvez désormais vous connecter avec cette clé d’accès. Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .not-you = Quelqu’un d’autre a peut-être accès à votre compte. Connectez-vous et supprimez immédiatement la clé d’accès.
    .sms = Une clé d'accès pour { $app-name } a été ajoutée. Si ce n'était pas vous, connectez-vous et supprimez-la immédiatement.

passkey_removed =
    .subject = Une clé d’accès pour { $app-name } a été supprimée
    .title = Une clé d’accès a été supprimée
    .preview = Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .lead = Vous ne pouvez plus vous connecter avec cette clé d’accès. Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .not-you = Quelqu’un d’autre a peut-être accès à votre compte. Connectez-vous et vérifiez immédiatement vos clés d’accès.
    .sms = Une clé d'accès pour { $app-name } a été supprimée. Si ce n'était pas vous, connectez-vous et vérifiez immédiatement votre compte.

mfa_enabled =
    .subject = Vérification en deux étapes activée pour { $app-name }
    .title = Vérification en deux étapes activée
    .preview = Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .lead = Une deuxième étape est désormais nécessaire pour vous connecter. Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .not-you = Quelqu’un d’autre a peut-être accès à votre compte. Réinitialisez immédiatement votre mot de passe.

primary_email_address_changed =
    .subject = Votre adresse e-mail pour { $app-name } a été modifiée
    .title = Votre adresse e-mail a été modifiée
    .preview = Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
    .lead = Votre compte a une nouvelle adresse e-mail principale. Si vous êtes à l’origine de cette action, vous n’avez rien à faire.
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
    .support = Besoin d’aide ? Écrivez à { $support_email }

account_locked =
    .subject = Votre compte sur { $app-name } est verrouillé
    .title = Votre compte est verrouillé
    .preview = Il y a eu trop de tentatives de connexion infructueuses.
    .lead = Il y a eu trop de tentatives de connexion infructueuses. Pour le moment, personne ne peut se connecter à votre compte.
    .not-you = Quelqu’un essaie peut-être de deviner votre mot de passe. Choisissez-en un nouveau dès que votre compte sera déverrouillé.
