/** Concurrent calls with one key share one run of the work; a call after its end runs the work again. */
export function singleFlight<T>() {
  const flights = new Map<string, Promise<T>>()

  return (key: string, work: () => Promise<T>): Promise<T> => {
    const under_way = flights.get(key)
    if (under_way) return under_way
    const flight = work().finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }
}
