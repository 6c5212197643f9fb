import { babyDrawings } from './drawings-baby'
import { beautyDrawings } from './drawings-beauty'
import { electronicsDrawings } from './drawings-electronics'
import { farmDrawings } from './drawings-farm'
import { fashionDrawings } from './drawings-fashion'
import { groceryDrawings } from './drawings-groceries'
import { homeDrawings } from './drawings-home'
import { phoneDrawings } from './drawings-phones'
import { solarDrawings } from './drawings-solar'
import { sportsDrawings } from './drawings-sports'
import { stationeryDrawings } from './drawings-stationery'

/** SVG shapes in a box of 200 by 200 that stand on its lower edge. The fills main, dark and light become a tint. */
export const drawings: Record<string, string> = {
  ...phoneDrawings,
  ...electronicsDrawings,
  ...homeDrawings,
  ...groceryDrawings,
  ...beautyDrawings,
  ...fashionDrawings,
  ...babyDrawings,
  ...sportsDrawings,
  ...stationeryDrawings,
  ...farmDrawings,
  ...solarDrawings,
}
