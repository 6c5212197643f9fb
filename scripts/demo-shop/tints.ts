/** The colours that drawings name as `main`, `dark` and `light`. */
export const tints = {
  blue: { main: '#3f7cf4', dark: '#2556bd', light: '#a9c7ff' },
  violet: { main: '#8064f2', dark: '#5640bd', light: '#cfc3ff' },
  slate: { main: '#64748b', dark: '#3d4a5e', light: '#c0cad8' },
  green: { main: '#2fae6b', dark: '#1d7a49', light: '#a5e6c3' },
  amber: { main: '#f5a524', dark: '#b97308', light: '#ffdc95' },
  teal: { main: '#17a5a5', dark: '#0c7272', light: '#98e0dd' },
  sand: { main: '#cda878', dark: '#967447', light: '#efdcc0' },
  red: { main: '#e5484d', dark: '#aa2a30', light: '#ffb9b5' },
  pink: { main: '#ec5f99', dark: '#b63a6f', light: '#ffc3da' },
  brown: { main: '#9a623a', dark: '#6b4023', light: '#d8ab84' },
} as const

export type Tint = keyof typeof tints

/** Background from top to bottom, and the colour of the lettering, by category. */
export const backgrounds: Record<string, { top: string; bottom: string; ink: string }> = {
  'Phones & Tablets': { top: '#eef3ff', bottom: '#c9d9fd', ink: '#1c2f5c' },
  Electronics: { top: '#f3f0ff', bottom: '#d5ccfb', ink: '#2f2463' },
  'Home & Kitchen': { top: '#fff4e9', bottom: '#ffd8b5', ink: '#5a2c0c' },
  Groceries: { top: '#f3fcea', bottom: '#cdebb5', ink: '#24481a' },
  'Beauty & Care': { top: '#fff0f5', bottom: '#ffcbdd', ink: '#651b3c' },
  Fashion: { top: '#fff3ef', bottom: '#ffcdc1', ink: '#5e2017' },
  'Baby & Kids': { top: '#eefaff', bottom: '#c4e7fa', ink: '#124a63' },
  'Sports & Outdoors': { top: '#ecfcf7', bottom: '#b9ecda', ink: '#0d4a3a' },
  'Books & Stationery': { top: '#f5f7fb', bottom: '#d3dcea', ink: '#24344d' },
  'Tools & Farm': { top: '#f8f8ee', bottom: '#dde0c2', ink: '#3a421c' },
  'Solar & Lighting': { top: '#fffae3', bottom: '#ffe08c', ink: '#5a3f00' },
}
