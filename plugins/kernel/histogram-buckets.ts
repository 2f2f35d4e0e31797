/** Seconds, for histograms: dense where most answers are, and with the promised limits 100 ms, 200 ms, 500 ms and 2 s. */
export const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
