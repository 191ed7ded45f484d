//! Analytics.

super::texts! {
    /// What stores sold.
    Analytics {
        title: "Ventas", "Sales";
        title_all: "Ventas de todas las tiendas", "Sales of all stores";
        intro: "Cuenta cada pedido el día en que se pagó, hora del centro de México. Lo cancelado y lo reembolsado no cuenta.", "Every order counts on the day it was paid, central Mexico time. Cancelled and refunded ones do not count.";
        range: "Periodo", "Period";
        last_days: "{n} días", "{n} days";
        from: "Desde", "From";
        to: "Hasta", "Until";
        show: "Ver", "Show";
        all_stores: "Todas las tiendas", "All stores";
        store: "Tienda", "Store";
        revenue: "Ingresos", "Revenue";
        revenue_mxn: "Ingresos (MXN)", "Revenue (MXN)";
        sales: "Ventas", "Sales";
        average: "Promedio por venta", "Average sale";
        versus: "{change} contra el periodo anterior ({before})", "{change} against the period before ({before})";
        versus_new: "Sin ventas en el periodo anterior", "No sales in the period before";
        versus_same: "Igual que el periodo anterior", "Same as the period before";
        by_day: "Por día", "By day";
        by_hour: "Por hora del día", "By hour of the day";
        day: "Día", "Day";
        hour: "Hora", "Hour";
        figures: "Ver las cifras", "See the figures";
        chart_days: "Gráfica de ingresos por día; las mismas cifras están en la tabla de abajo", "Chart of revenue by day; the same figures are in the table below";
        chart_hours: "Gráfica de ingresos por hora del día; las mismas cifras están en la tabla de abajo", "Chart of revenue by hour of the day; the same figures are in the table below";
        top: "Lo que más vendió", "Best sellers";
        product: "Producto", "Product";
        product_id: "Clave del producto", "Product id";
        units: "Piezas", "Pieces";
        nothing: "No hubo ventas en este periodo.", "Nothing was sold in this period.";
        download: "Descargar CSV", "Download CSV";
        download_days: "Por día (CSV)", "By day (CSV)";
        download_hours: "Por hora (CSV)", "By hour (CSV)";
        download_products: "Por producto (CSV)", "By product (CSV)";
        wrong_day: "Escribe los días como 2026-11-24.", "Write days as 2026-11-24.";
        wrong_order: "El último día no puede ser anterior al primero.", "The last day cannot be before the first.";
        wrong_length: "El periodo es de {n} días como máximo.", "The period is {n} days at most.";
        file_days: "ventas-por-dia", "sales-by-day";
        file_hours: "ventas-por-hora", "sales-by-hour";
        file_products: "ventas-por-producto", "sales-by-product";
    }
}
