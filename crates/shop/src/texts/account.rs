//! Sign-in, registration, profile.

super::texts! {
    /// Sign-in, registration, profile.
    Account {
        login_title: "Entra a tu cuenta", "Sign in";
        login_text: "Para pagar, ver tus pedidos y guardar tu dirección.", "To pay, see your orders and keep your address.";
        email: "Correo electrónico", "E-mail";
        password: "Contraseña", "Password";
        name: "Nombre completo", "Full name";
        show: "Mostrar", "Show";
        hide: "Ocultar", "Hide";
        login: "Entrar", "Sign in";
        no_account: "¿Aún no tienes cuenta?", "No account yet?";
        create: "Crea una", "Create one";
        have_account: "¿Ya tienes cuenta?", "Already have an account?";
        register_title: "Crea tu cuenta", "Create your account";
        register_text: "Gratis y en menos de un minuto.", "Free, in less than a minute.";
        register: "Crear cuenta", "Create account";
        role: "¿Qué quieres hacer?", "What do you want to do?";
        role_buy: "Comprar", "Buy";
        role_buy_hint: "Soy comprador", "I am a buyer";
        role_sell: "Vender", "Sell";
        role_sell_hint: "Tengo un taller", "I have a workshop";
        password_hint: "De 8 a 128 caracteres. Una frase larga es mejor que una palabra rara.", "8 to 128 characters. A long phrase beats an odd word.";
        wrong: "Credenciales inválidas", "Invalid credentials";
        suspended: "Tu cuenta está suspendida", "Your account is suspended";
        suspended_text: "Escríbenos si crees que es un error; con gusto lo revisamos.", "Write to us if you think this is a mistake; we will gladly look at it.";
        wrong_text: "El correo o la contraseña no coinciden. Revísalos e intenta de nuevo.", "E-mail and password do not match. Check them and try again.";
        throttled: "Demasiados intentos. Espera {n} segundos e intenta de nuevo.", "Too many attempts. Wait {n} seconds and try again.";
        busy: "Hay mucha gente entrando. Intenta de nuevo en unos segundos.", "Many people are signing in. Try again in a few seconds.";
        taken: "Ya existe una cuenta con este correo.", "There is already an account with this e-mail.";
        check: "Revisa los datos marcados.", "Check the marked fields.";
        profile: "Mi cuenta", "My account";
        hello: "Hola, {name}", "Hello, {name}";
        your_data: "Tus datos", "Your data";
        role_label: "Tipo de cuenta", "Kind of account";
        role_comprador: "Comprador", "Buyer";
        role_vendedor: "Vendedor", "Seller";
        role_admin: "Administrador", "Administrator";
        sessions: "Sesiones abiertas", "Open sessions";
        sessions_text: "Dispositivos con tu cuenta abierta. Si no reconoces alguno, ciérralo y cambia tu contraseña.", "Devices signed in to your account. If you do not know one, end it and change your password.";
        this_device: "Este dispositivo", "This device";
        last_seen: "Última actividad: {when}", "Last active: {when}";
        api_session: "Aplicación", "Application";
        unknown_device: "Dispositivo desconocido", "Unknown device";
        end: "Cerrar sesión", "End session";
        ended: "Sesión cerrada.", "Session ended.";
        logout: "Salir de mi cuenta", "Sign out";
        address: "Dirección de envío", "Delivery address";
        no_address: "Aún no guardas una dirección; la puedes dar al pagar.", "No address kept yet; you can give one when paying.";
        your_store: "Tu tienda", "Your store";
    }
}
