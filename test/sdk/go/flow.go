// The buyer's and the staff's way through the API, with oapi-codegen.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/google/uuid"

	"holdfast-sdk/holdfast"
)

func as(header, value string) *holdfast.ClientWithResponses {
	client, err := holdfast.NewClientWithResponses(os.Getenv("SHOP_URL"), holdfast.WithRequestEditorFn(
		func(_ context.Context, request *http.Request) error { request.Header.Set(header, value); return nil }))
	if err != nil {
		panic(err)
	}
	return client
}

func main() {
	ctx := context.Background()
	shop := as("X-Session-ID", uuid.NewString())
	staff := as("Authorization", "Bearer "+os.Getenv("SHOP_KEY"))

	quantity, inStock, limit, sort := 2, true, 1, holdfast.ProductSort("price_asc")
	list, err := shop.ListProductsWithResponse(ctx, &holdfast.ListProductsParams{InStock: &inStock, Limit: &limit, Sort: &sort})
	if err != nil || list.JSON200 == nil {
		panic(fmt.Sprint(err, string(list.Body)))
	}
	product := list.JSON200.Products[0]
	brand := product.Attributes["brand"]
	alike, err := shop.ListProductsWithResponse(ctx, &holdfast.ListProductsParams{Attributes: &holdfast.AttributeFilter{Brand: &brand}})
	if err != nil || alike.JSON200 == nil || alike.JSON200.Page.Total >= list.JSON200.Page.Total || alike.JSON200.Products[0].Id != product.Id {
		panic(fmt.Sprint(err, string(alike.Body)))
	}
	added, err := shop.AddCartItemWithResponse(ctx, nil, holdfast.NewCartItems{ProductId: &product.Id, Quantity: &quantity})
	if err != nil || added.JSON200 == nil {
		panic(fmt.Sprint(err, string(added.Body)))
	}
	key := uuid.NewString()
	bought, err := shop.CheckoutWithResponse(ctx, &holdfast.CheckoutParams{IdempotencyKey: &key}, holdfast.NewCheckout{Email: "ada@example.com"})
	if err != nil || bought.JSON201 == nil {
		panic(fmt.Sprint(err, string(bought.Body)))
	}
	again, err := shop.GetOrderWithResponse(ctx, bought.JSON201.Id, nil)
	if err != nil || again.JSON200 == nil || again.JSON200.Status != holdfast.OrderStatus("confirmed") {
		panic(fmt.Sprint(err, string(again.Body)))
	}
	stock, err := staff.SetStockWithResponse(ctx, product.Id, nil, holdfast.StockCount{Quantity: 500, Reason: "stocktaking"})
	if err != nil || stock.JSON200 == nil {
		panic(fmt.Sprint(err, string(stock.Body)))
	}
	slug := "mug-" + uuid.NewString()
	made, err := staff.CreateProductWithResponse(ctx, nil, holdfast.NewProduct{
		Sku: slug[:20], Slug: &slug, Name: "Enamel mug", CategoryId: product.Category.Id,
		Price: holdfast.Price{Amount: 3_000_000_000, Currency: "USD"}})
	if err != nil || made.JSON201 == nil || made.JSON201.Price.Amount != 3_000_000_000 {
		panic(fmt.Sprint(err, string(made.Body)))
	}
	fmt.Printf("%s, stock %d, %d\n", again.JSON200.Status, stock.JSON200.Quantity, made.JSON201.Price.Amount)
}
