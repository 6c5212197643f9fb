const { default: Sequencer } = require('@jest/test-sequencer')

/** Suites that start whole shops begin first, so that no run waits for one of them at its end. */
module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    const isWholeShop = ({ path, context }) => path.startsWith(`${context.config.rootDir}/test/`)
    const sorted = super.sort(tests)
    return [...sorted.filter(isWholeShop), ...sorted.filter((test) => !isWholeShop(test))]
  }
}
