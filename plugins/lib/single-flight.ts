/** Concurrent calls of one key share one run of the work; the next call after it has ended runs anew. */
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
