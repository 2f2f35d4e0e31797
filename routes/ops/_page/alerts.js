// The alerts that fire, each with the chapter of the runbook that says what to do.

export function showAlerts(place, alerts) {
  place.replaceChildren(
    ...alerts.map(({ alert, what }) => {
      const item = document.createElement('li')
      const name = document.createElement('b')
      name.textContent = alert
      const chapter = document.createElement('span')
      chapter.textContent = `see infra/operations.md#${alert.toLowerCase()}`
      item.append(name, ` ${what} `, chapter)
      return item
    })
  )
}
