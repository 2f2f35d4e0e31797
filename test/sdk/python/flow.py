"""The buyer's and the staff's way through the API, with openapi-python-client."""

import os
import uuid

from holdfast_client import AuthenticatedClient
from holdfast_client.api.admin import create_product, set_stock
from holdfast_client.api.cart import add_cart_item
from holdfast_client.api.catalog import list_products
from holdfast_client.api.checkout import checkout
from holdfast_client.api.orders import get_order
from holdfast_client.models import (
    AdminProduct,
    Cart,
    NewCartItems,
    NewCheckout,
    NewPayment,
    NewProduct,
    Order,
    OrderStatus,
    PaymentToken,
    Price,
    Problem,
    ProblemCode,
    ProductList,
    ProductSort,
    Stock,
    StockCount,
)

url = os.environ["SHOP_URL"]
shop = AuthenticatedClient(url, token=str(uuid.uuid4()), prefix="", auth_header_name="X-Session-ID")
staff = AuthenticatedClient(url, token=os.environ["SHOP_KEY"])

listing = list_products.sync(client=shop, in_stock=True, sort=ProductSort.PRICE_ASC, limit=1)
assert isinstance(listing, ProductList), listing
product = listing.products[0]

cart = add_cart_item.sync(client=shop, body=NewCartItems(product_id=product.id, quantity=2))
assert isinstance(cart, Cart), cart

body = NewCheckout(email="ada@example.com", expected_total=cart.subtotal)
order = checkout.sync(client=shop, body=body, idempotency_key=str(uuid.uuid4()))
assert isinstance(order, Order), order
again = get_order.sync(order.id, client=shop)
assert isinstance(again, Order) and again.number == order.number, again
assert again.status == OrderStatus.CONFIRMED, again

count = StockCount(quantity=500, reason="stocktaking")
stock = set_stock.sync(product.id, client=staff, body=count)
assert isinstance(stock, Stock) and stock.quantity == 500, stock

add_cart_item.sync(client=shop, body=NewCartItems(product_id=product.id, quantity=1))
card = NewPayment(token=PaymentToken.TOK_DECLINED)
declined = checkout.sync(client=shop, body=NewCheckout(email="ada@example.com", payment=card))
assert isinstance(declined, Problem), declined
assert declined.code == ProblemCode.PAYMENT_DECLINED, declined

slug = f"mug-{uuid.uuid4().hex[:12]}"
made = create_product.sync(
    client=staff,
    body=NewProduct(
        sku=slug,
        slug=slug,
        name="Enamel mug",
        price=Price(amount=3_000_000_000, currency="USD"),
        category_id=product.category.id,
    ),
)
assert isinstance(made, AdminProduct) and made.slug == slug, made
print(f"{again.status.value}, stock {stock.quantity}, {declined.code.value}, {made.price.amount}")
