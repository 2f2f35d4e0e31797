// The buyer's and the staff's way through the API, with openapi-generator (-g java --library native).
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.*;
import org.openapitools.client.model.*;

public class Flow {
    static ApiClient as(String header, String value) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv("SHOP_URL"));
        client.setRequestInterceptor(request -> request.header(header, value));
        return client;
    }

    static void expect(boolean right, Object what) {
        if (!right) throw new IllegalStateException(String.valueOf(what));
    }

    public static void main(String[] args) throws Exception {
        ApiClient shop = as("X-Session-ID", UUID.randomUUID().toString());
        ApiClient staff = as("Authorization", "Bearer " + System.getenv("SHOP_KEY"));
        CatalogApi catalog = new CatalogApi(shop);

        Product product = catalog.listProducts(null, 1, null, null, null, null, true, null, null, ProductSort.PRICE_ASC, null, null).getProducts().get(0);
        new CartApi(shop).addCartItem(new NewCartItems().productId(product.getId()).quantity(2), null, null, null);
        String key = UUID.randomUUID().toString();
        Order order = new CheckoutApi(shop).checkout(new NewCheckout().email("ada@example.com"), key, null, null);
        Order again = new OrdersApi(shop).getOrder(order.getId(), null, null, null);
        expect(again.getStatus() == OrderStatus.CONFIRMED, again);

        StockCount count = new StockCount().quantity(500).reason("stocktaking");
        Stock stock = new AdminApi(staff).setStock(product.getId(), count, null, null);
        String slug = "mug-" + UUID.randomUUID();
        new AdminApi(staff).createProduct(new NewProduct().sku(slug.substring(0, 20)).slug(slug).name("Enamel mug")
            .price(new Price().amount(3_000_000_000L).currency("USD")).categoryId(product.getCategory().getId()), null);
        long amount = catalog.getProduct(slug, null, null).getPrice().getAmount();
        expect(amount == 3_000_000_000L, amount);
        try {
            new CheckoutApi(shop).checkout(new NewCheckout().email("ada@example.com"), slug, null, null);
            expect(false, "an empty cart was bought");
        } catch (ApiException e) {
            expect(e.getCode() == 422, e.getResponseBody());
        }
        System.out.printf("%s, stock %d, %d%n", again.getStatus(), stock.getQuantity(), amount);
    }
}
